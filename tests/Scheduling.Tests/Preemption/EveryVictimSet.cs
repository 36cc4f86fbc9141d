using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>The rules of preemption read straight off the documentation: look at every set of workloads, take the cheapest that will do.</summary>
internal sealed class EveryVictimSet
{
    private readonly ClusterState _state;
    private readonly PreemptionRules _rules;
    private readonly long _now;
    private readonly WorkloadView[] _workloads;
    private readonly NodeView[] _nodes;
    private readonly (uint Members, int Needed)[] _gangs;

    public EveryVictimSet(ClusterState state, ClusterSnapshot cluster, long now)
    {
        (_state, _rules, _now) = (state, cluster.Policy.Preemption, now);
        (_workloads, _nodes) = ([.. cluster.Workloads()], [.. cluster.Nodes()]);
        _gangs = [.. _workloads
            .Select((workload, at) => (workload.Set, Bit: 1u << at))
            .Where(member => member.Set >= 0 && state.Sets[member.Set].Kind == SetKind.Gang)
            .GroupBy(member => member.Set)
            .Select(gang => (gang.Aggregate(0u, (bits, member) => bits | member.Bit), state.Sets[gang.Key].Gang?.Needed ?? gang.Count()))];
    }

    /// <summary>Thousandths of a GPU-second, or null when no set will do.</summary>
    public long? Cheapest(PlaceCommand want)
    {
        var kind = QuotaCheck.KindFor(_state.Tenancy.Usage, want.Traits.Project, 0, want.Traits.Provisioning, (long)want.GpuCount * want.GpuMilli);
        return kind < 0 ? null : Cheapest((UsageKind)kind, want.Traits.Urgent, gone => _nodes.Any(node => Holds(node, gone, want)));
    }

    /// <summary>For a gang of one role without quotas; not below one whose members are placed.</summary>
    /// <param name="candidates">The only nodes that will do; null: any.</param>
    public long? Cheapest(GangSpec gang, NodeSet? candidates = null) => Cheapest(gang, (nodes, gone) => HoldGang([.. nodes.Where(node => candidates?.Contains(node.Index) != false)], gone, gang));

    /// <summary>The same for a gang of several roles that needs all its members, each role on its own nodes.</summary>
    public long? Cheapest(GangSpec gang, ImmutableArray<NodeSet?> candidates)
    {
        var members = gang.Roles.SelectMany((role, index) => role.Members.Select(_ => (role.Shape.GpuCount, Nodes: candidates[index]))).ToArray();
        return Cheapest(gang, (nodes, gone) => HoldEach(nodes, [.. nodes.Select(node => Left(node, gone))], members));
    }

    private long? Cheapest(GangSpec gang, Func<NodeView[], uint, bool> holds)
    {
        var tree = _state.Nodes.Topology;
        var leaves = Enumerable.Range(1, tree.Count - 1).Select(leaf => _nodes.Where(node => _state.Nodes.DomainOf(node.Index) == leaf).ToArray()).ToArray();
        var kind = QuotaCheck.KindOf(gang.Traits.Provisioning);
        var inOne = gang.Topology == TopologyMode.None ? null : Cheapest(kind, false, gone => leaves.Any(leaf => holds(leaf, gone)));
        return inOne is null && gang.Topology != TopologyMode.Hard ? Cheapest(kind, false, gone => holds(_nodes, gone)) : inOne;
    }

    /// <summary>The workload would fit on its node without the evictions of one unit of victims.</summary>
    public bool CanSpareOne(PlaceCommand want, int node, IReadOnlyCollection<ulong> victims)
    {
        var gone = MaskOf(victims);
        return Units(gone).Any(unit => IsAllowedByGangs(gone & ~unit) && Holds(_nodes.Single(n => n.Index == node), gone & ~unit, want));
    }

    private uint MaskOf(IReadOnlyCollection<ulong> ids)
        => _workloads.Select((workload, at) => ids.Contains(workload.Id) ? 1u << at : 0).Aggregate(0u, (a, b) => a | b);

    // A workload, or a gang of which nothing is left.
    private IEnumerable<uint> Units(uint gone)
    {
        for (var rest = gone; rest != 0; rest &= rest - 1)
            yield return rest & ~(rest - 1);
        foreach (var gang in _gangs)
        {
            if ((gone & gang.Members) == gang.Members)
                yield return gang.Members;
        }
    }

    private long? Cheapest(UsageKind rank, bool urgent, Func<uint, bool> holds)
    {
        long? best = null;
        for (var gone = 0u; gone < 1u << _workloads.Length; gone++)
        {
            if (IsAllowed(gone, rank, urgent) && Cost(gone) is var cost && !(cost >= best) && holds(gone))
                best = cost;
        }
        return best;
    }

    private bool IsAllowed(uint gone, UsageKind rank, bool urgent)
    {
        var disruptions = new int[_state.Budgets.Count];
        for (var rest = gone; rest != 0; rest &= rest - 1)
        {
            var victim = _workloads[BitOperations.TrailingZeroCount(rest)];
            if (victim.Kind > rank || (victim.Kind == rank && (!urgent || victim.Traits.Urgent)) || _now - victim.StartedAt < _rules.MinRunSeconds * 1000L)
                return false;
            if (victim.Traits.Budget >= 0)
                disruptions[victim.Traits.Budget]++;
        }
        return IsAllowedByGangs(gone)
            && (_rules.OverrideBudgets || disruptions.Select((count, budget) => count == 0 || count <= _state.Budgets.Left(budget)).All(within => within));
    }

    private bool IsAllowedByGangs(uint gone) => _gangs.All(gang =>
        (gone & gang.Members) == 0 || (gone & gang.Members) == gang.Members || BitOperations.PopCount(gang.Members & ~gone) >= gang.Needed);

    private long Cost(uint gone)
    {
        var cost = _gangs.Count(gang => (gone & gang.Members) != 0 && BitOperations.PopCount(gang.Members & ~gone) < gang.Needed) * _rules.PerGang * 1000L;
        for (var rest = gone; rest != 0; rest &= rest - 1)
        {
            var victim = _workloads[BitOperations.TrailingZeroCount(rest)];
            var seconds = (_now - Math.Max(victim.StartedAt, victim.CheckpointAt)) / 1000 + _rules.PerGpu[(int)victim.Traits.Category];
            cost += seconds * (victim.GpuMask == 0 ? 100 : BitOperations.PopCount(victim.GpuMask) * victim.GpuMilli);
        }
        return cost;
    }

    private bool Holds(NodeView node, uint gone, PlaceCommand want)
    {
        var (used, cpu, workloads) = Left(node, gone);
        if (node.Health != NodeHealth.Healthy || workloads < 1 || (want.CpuMilli > 0 && cpu < want.CpuMilli))
            return false;
        return want is { GpuCount: 1, GpuMilli: < 1000 } ? used.Any(milli => milli + want.GpuMilli <= 1000) : used.Count(milli => milli == 0) >= want.GpuCount;
    }

    private bool HoldGang(NodeView[] nodes, uint gone, GangSpec gang)
        => nodes.Sum(node => Places(Left(node, gone), gang.Roles[0].Shape.GpuCount)) >= gang.Needed;

    /// <summary>Tries every node for every member.</summary>
    private static bool HoldEach(NodeView[] nodes, (int[] Used, long Cpu, long Workloads)[] left, ReadOnlySpan<(int Gpus, NodeSet? Nodes)> members)
    {
        if (members.IsEmpty)
            return true;
        var (gpus, candidates) = members[0];
        for (var at = 0; at < nodes.Length; at++)
        {
            var before = left[at];
            if (candidates?.Contains(nodes[at].Index) == false || Places(before, gpus) < 1)
                continue;
            var taken = 0;
            left[at] = ([.. before.Used.Select(used => used == 0 && taken++ < gpus ? 1000 : used)], before.Cpu, before.Workloads - 1);
            if (HoldEach(nodes, left, members[1..]))
                return true;
            left[at] = before;
        }
        return false;
    }

    private static long Places((int[] Used, long Cpu, long Workloads) left, int gpus)
        => Math.Min(left.Used.Count(milli => milli == 0) / gpus, left.Workloads);

    private (int[] Used, long Cpu, long Workloads) Left(NodeView node, uint gone)
    {
        var (used, cpu, workloads) = (new int[node.GpuCount], node.CpuTotalMilli, (long)node.MaxWorkloads);
        for (var at = 0; at < _workloads.Length; at++)
        {
            var workload = _workloads[at];
            if (workload.Node != node.Index || (gone >> at & 1) != 0)
                continue;
            cpu -= workload.CpuMilli;
            workloads--;
            for (var gpu = 0; gpu < used.Length; gpu++)
                used[gpu] += (int)(workload.GpuMask >> gpu & 1) * workload.GpuMilli;
        }
        return (used, cpu, workloads);
    }
}
