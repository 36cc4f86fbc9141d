using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>Why something is where it is, from what the model knows now.</summary>
internal static class PlacedFacts
{
    public static Explanation OfWorkload(ClusterState state, int slot)
    {
        var row = state.Workloads[slot];
        var facts = ImmutableArray.CreateBuilder<string>();
        facts.Add(OfSeat(state, row));
        facts.Add(OfQuota(state, row));
        if (row.Set >= 0 && state.Sets[row.Set] is { Kind: SetKind.Service } service)
            facts.Add(Text($"One of {service.Count} replicas on {NodesOf(state, service)} nodes; a service is spread over {state.Tenancy.Policy.Spread.MinNodes} before it is packed."));
        if (row.Set >= 0 && state.Sets[row.Set] is { Kind: SetKind.Gang } gang)
            facts.Add(OfDomain(state, gang));
        return new Explanation(false, 0, [], [], [SeatOf(state, row)], facts.ToImmutable());
    }

    public static Explanation OfGang(ClusterState state, int set)
    {
        var seats = ImmutableArray.CreateBuilder<GangSeat>(state.Sets[set].Count);
        for (var slot = state.Sets[set].First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            seats.Add(SeatOf(state, state.Workloads[slot]));
        seats.Reverse();
        var facts = ImmutableArray.Create(OfDomain(state, state.Sets[set]), OfQuota(state, state.Workloads[state.Sets[set].First]));
        return new Explanation(false, 0, [], [], seats.MoveToImmutable(), facts);
    }

    private static GangSeat SeatOf(ClusterState state, in WorkloadRow row) => new(row.Id, row.Node, state.Nodes.NameOf(row.Node), row.Gpus);

    private static string OfSeat(ClusterState state, in WorkloadRow row)
    {
        var free = state.Nodes.FreeGpuCount(row.Node) + (row.GpuMilli == NodeTable.WholeGpu ? BitOperations.PopCount(row.Gpus) : 0);
        return Text($"{state.Nodes.NameOf(row.Node)} of group {state.Nodes.Groups[row.Group]} has {free} free GPUs without it; the fullest node that has room is taken.");
    }

    private static string OfQuota(ClusterState state, in WorkloadRow row)
    {
        var (project, group) = (state.Tenancy.Projects[row.Traits.Project], state.Nodes.Groups[row.Group]);
        if (row.Kind == UsageKind.Borrowed)
            return Text($"It runs on Reserved capacity of group {group} that is idle, beyond the limit of project {project}, and gives it back when that is needed.");
        var limit = state.Tenancy.Usage.Limit(row.Traits.Project, row.Group, row.Kind);
        var used = state.Tenancy.Usage.Used(row.Traits.Project, row.Group, row.Kind);
        return limit < 0
            ? Text($"{row.Kind} use of group {group} has no limit for this project; {used} milli-GPU are in use.")
            : Text($"Within the {row.Kind} quota of project {project} in group {group}: {used} of {limit} milli-GPU are in use.");
    }

    private static string OfDomain(ClusterState state, in SetRow gang)
    {
        var tree = state.Nodes.Topology;
        var domains = new List<int>();
        for (var slot = gang.First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            domains.Add(state.Nodes.DomainOf(state.Workloads[slot].Node));
        var domain = tree.LowestCommonDomain([.. domains]);
        return domain == TopologyTree.Root
            ? Text($"The {gang.Count} members of the gang share no network domain.")
            : Text($"The {gang.Count} members of the gang share domain {tree.NameOf(domain)} of tier {tree.TierOf(domain)}, the tightest that held them.");
    }

    private static int NodesOf(ClusterState state, in SetRow set)
    {
        var nodes = new HashSet<int>();
        for (var slot = set.First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            nodes.Add(state.Workloads[slot].Node);
        return nodes.Count;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
