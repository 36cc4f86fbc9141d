using System.Collections.Immutable;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>
/// Estimates when a job that waits can start: from the expected ends of what runs, the calendar, and the nodes that wait with other jobs.
/// It changes nothing. The cost grows with the nodes and workloads of the machine groups that will do.
/// </summary>
public static class EarliestStart
{
    /// <param name="state">Not changed.</param>
    /// <param name="job">Need not be in the queue.</param>
    /// <param name="now">Unix milliseconds.</param>
    public static StartEstimate Of(ClusterState state, PendingJob job, long now)
    {
        var looks = 0;
        return Of(state, job, now, default, ref looks);
    }

    /// <param name="within">Only on these nodes, ascending; default: any.</param>
    /// <param name="looks">Less what this one costs: the nodes and workloads looked at.</param>
    internal static StartEstimate Of(ClusterState state, PendingJob job, long now, ImmutableArray<int> within, ref int looks)
    {
        var estimate = Of(state, JobDemand.Of(state, job), now, within, ref looks);
        if (job.Gang is not { IsChoosable: true })
            return estimate;
        var small = Of(state, JobDemand.Of(state, job, smallest: true), now, within, ref looks);
        return small.IsBetterThan(estimate) || estimate.Nodes.IsEmpty ? small : estimate;
    }

    private static StartEstimate Of(ClusterState state, JobDemand demand, long now, ImmutableArray<int> within, ref int looks)
    {
        if (demand.Groups.IsEmpty || demand.Roles.Count == 0)
            return StartEstimate.Never("The project's quota leaves no machine group that would do.");
        if (!demand.OneGroup)
            return new StartSearch(state, demand, StartSearch.AnyGroup, now, within).Run(ref looks);
        var best = StartEstimate.Never("No machine group would do.");
        for (var groups = demand.Groups; !groups.IsEmpty; groups = groups.Without(groups.First))
        {
            var estimate = new StartSearch(state, demand, groups.First, now, within).Run(ref looks);
            if (estimate.IsBetterThan(best) || best.Nodes.IsEmpty)
                best = estimate;
        }
        return best;
    }
}
