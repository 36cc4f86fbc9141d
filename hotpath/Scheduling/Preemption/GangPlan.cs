using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// A gang's members in one domain: the largest first, each where a place costs the least at that moment. The order of the nodes is kept
/// lazily: what was cheapest is judged anew before it is taken, and a gang that breaks makes its other nodes cheaper at once.
/// </summary>
internal readonly partial struct GangPlan(ClusterState state, Newcomers newcomers, DomainOffer offer)
{
    /// <summary>Members of a gang that are looked at for each node that it is on: the square of it is a millisecond.</summary>
    private const int MostWalked = 256;

    public bool IsAnywhere => offer.Last;

    /// <summary>Leaves seats and victims in the scratch.</summary>
    /// <param name="limit">Only a lower cost is of use.</param>
    public bool TryFill(long limit, ref DomainRoom room, out long cost)
    {
        var scratch = state.Preemption;
        cost = 0;
        // Before the plan begins: bringing a column up to date takes the plan's memory.
        foreach (var role in newcomers.Gang.Roles)
            scratch.Index.For(state, offer.By, role.Shape, out _);
        scratch.Begin(state, offer.By);
        foreach (var (role, first, end) in newcomers.RunsIn(state.Gangs))
        {
            var filled = role.SubgroupSize > 0 ? TryFillSubgroups(role, first, end, ref room) : TryFill(offer.Domain, first, end);
            if (!filled || scratch.Victims.Cost >= limit)
                return false;
        }
        cost = scratch.Victims.Cost;
        return true;
    }

    /// <summary>Members of one role.</summary>
    private bool TryFill(int domain, int first, int end)
    {
        var (scratch, queue, role) = (state.Preemption, state.Preemption.Nodes, state.Gangs.Missing[first].Role);
        var shape = ShapeOf(role);
        Enqueue(domain, role);
        while (first < end && queue.TryDequeue(out var node, out _))
        {
            var count = Best(domain, node, first, end, out var each);
            if (count == 0)
                continue;
            if (queue.TryPeek(out _, out var next) && next.Cost < each)
            {
                queue.Enqueue(node, new CostRank(each, node));
                continue;
            }
            var units = scratch.Victims.Count;
            scratch.Search.Take(state, node, shape, count);
            for (var seat = 0; seat < count; seat++)
                scratch.Seats.Add(node, first++, shape, scratch.Search.Gpu);
            EnqueueCheaper(domain, role, units);
            queue.Enqueue(node, new CostRank(each, node));
        }
        return first == end;
    }

    /// <summary>Every node that may have room, by what the column says of one place.</summary>
    private void Enqueue(int domain, int role)
    {
        var (queue, scratch, shape) = (state.Preemption.Nodes, state.Preemption, ShapeOf(role));
        queue.Clear();
        var column = scratch.Index.Known(offer.By, shape, out var moment);
        foreach (var node in state.Nodes.NodesIn(domain))
        {
            if (!MayUse(node, role))
                continue;
            // A share may find room without victims, of which the column knows nothing.
            var cost = shape.IsShare || shape.GpuCount == 0 ? 0 : column.At(node, moment);
            if (cost != ImpactColumn.NoWay)
                queue.Enqueue(node, new CostRank(Math.Max(0, cost) * Impact.PerGpuSecond, node));
        }
    }

    /// <summary>The nodes of gangs that have just been broken, to be judged anew.</summary>
    private void EnqueueCheaper(int domain, int role, int units)
    {
        var (victims, workloads, nodes) = (state.Preemption.Victims, state.Workloads, state.Nodes);
        for (var unit = units; unit < victims.Count; unit++)
        {
            for (var slot = victims[unit].Breaks ? state.Sets[victims[unit].Set].First : -1; slot >= 0; slot = workloads.NextInSet(slot))
            {
                var node = workloads[slot].Node;
                if (nodes.Topology.Contains(domain, nodes.DomainOf(node)) && MayUse(node, role))
                    state.Preemption.Nodes.Enqueue(node, new CostRank(0, node));
            }
        }
    }

    private Shape ShapeOf(int role) => newcomers.Gang.Roles[role].Shape;

    private bool MayUse(int node, int role) => newcomers.MayUse(role, state.Nodes, node, offer.Group);

    /// <summary>None is there, or about to be, with whom a member of the role may not share the node.</summary>
    private bool Admits(int node, int role)
    {
        var (apart, seats) = (newcomers.Gang.Roles[role].Apart, state.Preemption.Seats);
        for (var seat = apart == 0 ? -1 : seats.FirstOn(node); seat >= 0; seat = seats[seat].Next)
        {
            if ((apart >> state.Gangs.Missing[seats[seat].Member].Role & 1) != 0)
                return false;
        }
        return state.Gangs.Mates.Admit(state, newcomers.Gang, role, node);
    }

    /// <summary>How many members to place on the node for the least cost of each; 0 when none fits.</summary>
    private int Best(int domain, int node, int first, int end, out long each)
    {
        var (role, left) = (state.Gangs.Missing[first].Role, end - first);
        var shape = ShapeOf(role);
        var most = shape.IsShare || shape.GpuCount == 0
            ? 1 : Math.Min(Math.Min(left, newcomers.Gang.Roles[role].MostOnNode(role)), BitOperations.PopCount(state.Nodes.HealthyGpus(node)) / shape.GpuCount);
        (var best, each) = (0, long.MaxValue);
        if (!Admits(node, role))
            return 0;
        for (var count = most; count > 0 && each > 0; count /= 2)
        {
            var cost = state.Preemption.Search.Cost(state, node, shape, count);
            if (cost == NodeVictims.NoWay)
                continue;
            var apiece = cost == 0 ? 0 : cost / Math.Min(left, Math.Max(count, Places(domain, node, role, count)));
            if (apiece < each)
                (best, each) = (count, apiece);
        }
        return best;
    }

    /// <summary>Places that the gangs which break for those on this node leave all over the domain.</summary>
    private int Places(int domain, int node, int role, int count)
    {
        var (scratch, nodes, shape, places) = (state.Preemption, state.Nodes, ShapeOf(role), 0);
        var units = scratch.Victims.Count;
        scratch.Search.Take(state, node, shape, count);
        for (var unit = units; unit < scratch.Victims.Count && shape.GpuCount > 0; unit++)
        {
            if (!scratch.Victims[unit].Breaks || state.Sets[scratch.Victims[unit].Set].Count > MostWalked)
                continue;
            for (var slot = state.Sets[scratch.Victims[unit].Set].First; slot >= 0; slot = state.Workloads.NextInSet(slot))
            {
                ref readonly var row = ref state.Workloads[slot];
                if (nodes.Topology.Contains(domain, nodes.DomainOf(row.Node)) && MayUse(row.Node, role))
                    places += BitOperations.PopCount(row.Gpus) / shape.GpuCount;
            }
        }
        scratch.Victims.Rollback(units);
        return places;
    }
}
