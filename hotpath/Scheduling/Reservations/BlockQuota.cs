using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Reservations;

/// <summary>What a project's Reserved quota leaves beside its other reservations.</summary>
internal static class BlockQuota
{
    /// <summary>Whole nodes that the quota covers at every instant of the time given.</summary>
    public static int NodesLeft(ClusterState state, ReservationRequest request, int gpusPerNode, long start, long end)
    {
        var limit = state.Tenancy.Usage.Limit(request.Project, request.Group, UsageKind.Reserved);
        if (limit < 0 || gpusPerNode == 0)
            return int.MaxValue;
        var left = (limit - Peak(state.Reservations, request, start, end)) / ((long)gpusPerNode * NodeTable.WholeGpu);
        return (int)Math.Clamp(left, 0, int.MaxValue);
    }

    /// <summary>The most milli-GPU of the group that the project has reserved at an instant of the time given.</summary>
    private static long Peak(ReservationBook book, ReservationRequest request, long start, long end)
    {
        var changes = new List<(long At, long Milli)>();
        foreach (var (_, other) in book.Live)
        {
            if (other.Request.Project != request.Project || other.Request.Group != request.Group || !other.Block.Overlaps(start, end))
                continue;
            changes.Add((Math.Max(start, other.Start), other.Milli));
            changes.Add((other.End, -other.Milli));
        }
        // One that ends as another starts has made room for it: at the same instant what is given back comes first.
        changes.Sort();
        var (sum, peak) = (0L, 0L);
        foreach (var (at, milli) in changes)
        {
            sum += at < end ? milli : 0;
            peak = Math.Max(peak, sum);
        }
        return peak;
    }
}
