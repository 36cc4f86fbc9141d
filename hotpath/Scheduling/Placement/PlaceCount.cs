using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>How many workloads of one shape find a place where so much is free.</summary>
internal static class PlaceCount
{
    /// <summary>By their number, CPU (thousandths of a core) and memory (MiB) alone; <paramref name="most"/> at most.</summary>
    public static int Beside(in Shape shape, long workloads, long cpu, long memory, int most)
        => Math.Min(Math.Min(most, Of(workloads, 1)), Math.Min(Of(cpu, shape.CpuMilli), Of(memory, shape.MemoryMib)));

    /// <summary>Whole GPUs of these that a workload may get.</summary>
    /// <param name="count">GPUs that the node has.</param>
    /// <param name="used">Milli-GPU in use, by GPU.</param>
    public static int Free(uint gpus, int count, ReadOnlySpan<int> used) => BitOperations.PopCount(GpuLanes.Open(used, gpus, count));

    /// <summary>Shares of this size, beside others and on whole GPUs of these that a workload may get.</summary>
    /// <param name="count">GPUs that the node has.</param>
    /// <param name="used">Milli-GPU in use, by GPU.</param>
    public static int Shares(uint gpus, int count, ReadOnlySpan<int> used, int milli)
    {
        var (shares, unused) = (0, GpuLanes.Unused(used, count));
        for (var rest = (gpus & ~unused) | GpuLanes.OpenOf(unused, gpus, count); rest != 0; rest &= rest - 1)
            shares += Math.Max(0, NodeTable.WholeGpu - used[BitOperations.TrailingZeroCount(rest)]) / milli;
        return shares;
    }

    // Below 0 where the cluster overcommits: what leaves then fills the hole first.
    private static int Of(long free, long each)
        => each == 0 ? int.MaxValue : (int)Math.Min(int.MaxValue, Math.Max(0, free) / each);
}
