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
    public static StartEstimate Of(ClusterState state, PendingJob job, long now) => Of(state, job, now, default);

    /// <param name="within">Only on these nodes, ascending; default: any.</param>
    internal static StartEstimate Of(ClusterState state, PendingJob job, long now, ImmutableArray<int> within)
    {
        var demand = JobDemand.Of(state, job);
        if (demand.Groups.IsEmpty || demand.Roles.Count == 0)
            return StartEstimate.Never("The project's quota leaves no machine group that would do.");
        if (!demand.OneGroup)
            return new StartSearch(state, demand, StartSearch.AnyGroup, now, within).Run();
        var best = StartEstimate.Never("No machine group would do.");
        for (var groups = demand.Groups; !groups.IsEmpty; groups = groups.Without(groups.First))
        {
            var estimate = new StartSearch(state, demand, groups.First, now, within).Run();
            if (estimate.IsBetterThan(best) || best.Nodes.IsEmpty)
                best = estimate;
        }
        return best;
    }
}
