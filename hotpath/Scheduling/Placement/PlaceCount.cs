using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>How many workloads of one shape find a place where so much is free.</summary>
internal static class PlaceCount
{
    /// <summary>On the node as it is; <paramref name="most"/> at most.</summary>
    public static int On(NodeTable nodes, int node, in Shape shape, int most)
    {
        var places = Beside(shape, nodes.WorkloadsLeft(node), nodes.FreeCpu(node), nodes.FreeMemory(node), most);
        return OnGpus(shape, places, nodes.FreeGpuCount(node), nodes.HealthyGpus(node), nodes.GpuCountOf(node), nodes.GpusUsed(node));
    }

    /// <summary>By their number, CPU (thousandths of a core) and memory (MiB) alone; <paramref name="most"/> at most.</summary>
    public static int Beside(in Shape shape, long workloads, long cpu, long memory, int most)
        => Math.Min(Math.Min(most, Of(workloads, 1)), Math.Min(Of(cpu, shape.CpuMilli), Of(memory, shape.MemoryMib)));

    /// <summary>Those of <paramref name="places"/> for which there are GPUs too.</summary>
    /// <param name="places">As <see cref="Beside"/> gives them.</param>
    /// <param name="free">As <see cref="Free"/> gives them, for the rest of the arguments.</param>
    public static int OnGpus(in Shape shape, int places, int free, uint gpus, int count, ReadOnlySpan<int> used)
        => shape.GpuCount == 0 ? places : Math.Min(places, shape.IsShare ? Shares(gpus, count, used, shape.GpuMilli) : free / shape.GpuCount);

    /// <summary>Whole GPUs of these that a workload may get.</summary>
    /// <param name="count">GPUs that the node has.</param>
    /// <param name="used">Milli-GPU in use, by GPU.</param>
    public static int Free(uint gpus, int count, ReadOnlySpan<int> used) => BitOperations.PopCount(GpuLanes.Open(used, gpus, count));

    // Beside others, and on whole GPUs that a workload may get.
    private static int Shares(uint gpus, int count, ReadOnlySpan<int> used, int milli)
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
