using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// The node on which room for one workload costs the least. The column says which nodes are worth a look, and these are judged
/// exactly: together with gangs elsewhere, disruption budgets, protected starts, CPU and memory.
/// </summary>
internal static class SinglePreemption
{
    /// <summary>
    /// Nodes judged at first, all of them: for 1, 2, 4, 8 or 16 GPUs the column is exact but for its rounding and for what only a look at the
    /// node shows, so the best is among them as a rule.
    /// </summary>
    private const int FirstLook = 8;

    /// <summary>Nodes judged at a time after that; each time costs a scan.</summary>
    private const int MostAtATime = 512;

    /// <summary>Nodes judged in search of a better one than the first; a decision must stay one of milliseconds.</summary>
    private const int MostCompared = 1_024;

    /// <summary>Leaves the seat and the victims in the scratch. Changes nothing else.</summary>
    public static bool TryPlan(ClusterState state, in Shape shape, in WorkloadTraits traits, NodeSet? candidates, long now)
    {
        Span<GroupSet> byRank = stackalloc GroupSet[(int)UsageKind.Reserved + 1];
        SortGroups(state, shape, traits, byRank);
        var (best, node, cost) = (default(Preemptor), -1, long.MaxValue);
        for (var rank = UsageKind.Spot; rank <= UsageKind.Reserved; rank++)
        {
            var by = new Preemptor(rank, traits.Urgent, -1, now, false);
            if (byRank[(int)rank].IsEmpty || !by.HasVictims || Choose(state, by, shape, byRank[(int)rank], candidates, ref cost) is not (>= 0 and var chosen))
                continue;
            (best, node) = (by, chosen);
        }
        if (node < 0)
            return false;
        var scratch = state.Preemption;
        scratch.Begin(state, best);
        scratch.Search.Take(state, node, shape, 1);
        scratch.Seats.Add(node, 0, shape, scratch.Search.Gpu);
        scratch.Minimize(state);
        return true;
    }

    /// <summary>The machine groups in which the project has quota left, by the rank that the workload would have there.</summary>
    private static void SortGroups(ClusterState state, in Shape shape, in WorkloadTraits traits, Span<GroupSet> byRank)
    {
        byRank.Clear();
        for (var group = 0; group < state.Nodes.Groups.Length; group++)
        {
            if (!shape.Groups.Contains(group))
                continue;
            var kind = QuotaCheck.KindFor(state.Tenancy.Usage, traits.Project, group, traits.Provisioning, shape.Milli);
            if (kind != QuotaCheck.OverQuota)
                byRank[kind] = byRank[kind].With(group);
        }
    }

    /// <summary>The node, or -1 when none is cheaper than <paramref name="cost"/>.</summary>
    private static int Choose(ClusterState state, in Preemptor by, in Shape shape, GroupSet groups, NodeSet? candidates, ref long cost)
    {
        var scratch = state.Preemption;
        var column = scratch.Index.For(state, by, shape, out var moment);
        scratch.Begin(state, by);
        Span<long> ranks = stackalloc long[MostAtATime];
        var (best, size, after, left) = (-1, FirstLook, long.MinValue, MostCompared);
        while (ImpactScan.Lowest(column, moment, state.Nodes, groups, candidates, after, ranks[..size]) is > 0 and var found)
        {
            foreach (var rank in ranks[..found])
            {
                if (size > FirstLook && (IsDearer(rank, cost) || (cost < long.MaxValue && left-- == 0)))
                    return best;
                var node = ImpactScan.NodeOf(rank);
                var price = scratch.Search.Cost(state, node, shape, 1, cost);
                if (price != NodeVictims.NoWay)
                    (best, cost) = (node, price);
            }
            var last = ranks[found - 1];
            if (found < size || IsDearer(last, cost))
                return best;
            (after, size) = (last, MostAtATime);
        }
        return best;
    }

    // The column says what a place costs or less than that: less for other sizes, for shares, and where CPU, memory or a budget is short.
    private static bool IsDearer(long rank, long cost) => ImpactScan.CostOf(rank) * Impact.PerGpuSecond >= cost;
}
