using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Reservations;

/// <summary>
/// Finds a place on a node with a block for a workload that may use it. That is tried before ordinary nodes, because few others may:
/// its own reservation first, then the nodes that wait with it, then backfill.
/// </summary>
internal static class BlockedChoice
{
    /// <summary>
    /// Nodes of others looked at for backfill, the lowest indices first; a decision must stay one of microseconds. A workload's own nodes are
    /// all looked at: what it may not have there nobody else may.
    /// </summary>
    public const int MaxLooks = 1_024;

    /// <summary>Node index and GPUs for the shape, or -1.</summary>
    public static int Choose(
        ClusterState state, ulong workload, in Shape shape, in WorkloadTraits traits, GroupSet groups, NodeSet? candidates, long now, out uint gpus)
    {
        gpus = 0;
        return state.Blocks.Nodes.IsEmpty || (traits is { ExpectedSeconds: 0, Reservation: 0 } && state.Reservations.Holds.IsEmpty)
            ? -1 : Search(state, workload, shape, traits, groups, candidates, now, out gpus);
    }

    private static int Search(
        ClusterState state, ulong workload, in Shape shape, in WorkloadTraits traits, GroupSet groups, NodeSet? candidates, long now, out uint gpus)
    {
        var blocked = state.Blocks.Nodes;
        var book = state.Reservations;
        var job = new JobKey(workload, IsGang: false);
        var node = -1;
        if (traits.Reservation != 0 && book.Live.TryGetValue(traits.Reservation, out var own))
            node = BestFit(state, own.Nodes.AsSpan(), shape, traits, groups, candidates, job, now);
        foreach (var hold in book.Holds)
        {
            if (node < 0 && hold.Key == job)
                node = BestFit(state, hold.Nodes.AsSpan(), shape, traits, groups, candidates, job, now);
        }
        if (node < 0 && traits.ExpectedSeconds > 0)
            node = BestFit(state, blocked[..Math.Min(blocked.Length, MaxLooks)], shape, traits, groups, candidates, job, now);
        gpus = node < 0 ? 0 : GpuChoice.Of(state.Nodes, node, shape);
        return node;
    }

    /// <summary>The rule of <see cref="Placer"/>: a share beside another share first, then the fewest free whole GPUs, then the lowest index.</summary>
    private static int BestFit(
        ClusterState state, ReadOnlySpan<int> among, in Shape shape, in WorkloadTraits traits, GroupSet groups, NodeSet? candidates, JobKey job,
        long now)
    {
        var nodes = state.Nodes;
        var (best, least) = (-1, int.MaxValue);
        var tightest = shape.IsShare ? 0 : shape.GpuCount + NodeTable.MaxGpus + 1;
        foreach (var node in among)
        {
            if (least == tightest)
                break;
            var free = nodes.FreeGpuCount(node);
            var beside = shape.IsShare && GpuChoice.Part(nodes, node, shape.GpuMilli) != 0;
            var rank = beside ? free : free + NodeTable.MaxGpus + 1;
            // Of many nodes alike all but the first fail here, which costs one look at one column.
            if (rank >= least || (!beside && free < shape.GpuCount))
                continue;
            if (nodes.HealthOf(node) == NodeHealth.Healthy && !nodes.IsFull(node) && groups.Contains(nodes.GroupIndexOf(node))
                && nodes.FreeCpu(node) >= shape.CpuMilli && nodes.FreeMemory(node) >= shape.MemoryMib
                && candidates?.Contains(node) != false && state.Blocks.MayUse(node, traits, job, now))
                (best, least) = (node, rank);
        }
        return best;
    }
}
