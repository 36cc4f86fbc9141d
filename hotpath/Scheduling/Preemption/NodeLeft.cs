using System.Numerics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What a node would have left if everybody on it left whom a preemptor may evict.</summary>
/// <param name="Cpu">Thousandths of a core.</param>
/// <param name="Memory">MiB.</param>
/// <param name="Workloads">How many more it may get.</param>
/// <param name="Gpus">Whole GPUs.</param>
/// <param name="Milli">Milli-GPU, those of whole GPUs among them.</param>
internal readonly record struct NodeLeft(int Cpu, int Memory, int Workloads, int Gpus, int Milli)
{
    public static NodeLeft Of(ClusterState state, int node, in Preemptor by)
    {
        Span<int> used = stackalloc int[NodeTable.MaxGpus];
        Clear(state, node, by, used, out var cpu, out var memory, out var workloads);
        var (healthy, milli) = (state.Nodes.HealthyGpus(node), 0);
        for (var rest = healthy; rest != 0; rest &= rest - 1)
            milli += Math.Max(0, NodeTable.WholeGpu - used[BitOperations.TrailingZeroCount(rest)]);
        return new NodeLeft(Held(cpu), Held(memory), Held(workloads), PlaceCount.Free(healthy, state.Nodes.GpuCountOf(node), used), milli);
    }

    /// <summary>What of the node would be in use, and left, which may be less than nothing.</summary>
    /// <param name="used">Milli-GPU by GPU.</param>
    public static void Clear(ClusterState state, int node, in Preemptor by, Span<int> used, out long cpu, out long memory, out long workloads)
    {
        var (nodes, rules) = (state.Nodes, state.Tenancy.Policy.Preemption);
        nodes.GpusUsed(node).CopyTo(used);
        (cpu, memory, workloads) = (nodes.CpuLeft(node), nodes.MemoryLeft(node), nodes.WorkloadsLeft(node));
        for (var slot = nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            ref readonly var row = ref state.Workloads[slot];
            if ((row.Set >= 0 && row.Set == by.OwnSet) || !by.MayEvict(row, rules))
                continue;
            (cpu, memory, workloads) = (cpu + row.Cpu, memory + row.Memory, workloads + 1);
            for (uint rest = row.Gpus; rest != 0; rest &= rest - 1)
                used[BitOperations.TrailingZeroCount(rest)] -= row.GpuMilli;
        }
    }

    /// <summary>No fewer places for the shape than there are, of shares perhaps more; <paramref name="most"/> at most.</summary>
    public int PlacesFor(in Shape shape, int most)
    {
        var places = PlaceCount.Beside(shape, Workloads, Cpu, Memory, most);
        return shape.GpuCount == 0 ? places : Math.Min(places, shape.IsShare ? Milli / shape.GpuMilli : Gpus / shape.GpuCount);
    }

    private static int Held(long left) => (int)Math.Clamp(left, 0, int.MaxValue);
}
