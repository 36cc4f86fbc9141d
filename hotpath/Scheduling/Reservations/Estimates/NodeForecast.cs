using System.Numerics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>What a node will have free once some of its workloads have ended, or others have come; the node itself stays as it is.</summary>
internal sealed class NodeForecast
{
    private readonly int[] _gpuUsed;
    private readonly uint _good;
    private readonly int _gpus;
    private long _cpu;
    private long _memory;
    private long _workloadsLeft;

    /// <summary>The node as it is now.</summary>
    public NodeForecast(NodeTable nodes, int node)
    {
        (Node, _gpus, _good, _gpuUsed) = (node, nodes.GpuCountOf(node), nodes.HealthyGpus(node), nodes.GpusUsed(node).ToArray());
        (_cpu, _memory, _workloadsLeft) = (nodes.CpuLeft(node), nodes.MemoryLeft(node), nodes.WorkloadsLeft(node));
        FreeGpus = PlaceCount.Free(_good, _gpus, _gpuUsed);
    }

    private NodeForecast(NodeForecast other)
    {
        (Node, Closed, _gpus, _good) = (other.Node, other.Closed, other._gpus, other._good);
        (_cpu, _memory, _workloadsLeft) = (other._cpu, other._memory, other._workloadsLeft);
        _gpuUsed = [.. other._gpuUsed];
        FreeGpus = other.FreeGpus;
    }

    public int Node { get; }

    /// <summary>Times of others that forbid a start now.</summary>
    public int Closed { get; set; }

    public int FreeGpus { get; private set; }

    public NodeForecast Copy() => new(this);

    /// <summary>The workload has ended.</summary>
    public void Give(in WorkloadRow row)
    {
        (_cpu, _memory, _workloadsLeft) = (_cpu + row.Cpu, _memory + row.Memory, _workloadsLeft + 1);
        for (uint rest = row.Gpus; rest != 0; rest &= rest - 1)
            _gpuUsed[BitOperations.TrailingZeroCount(rest)] -= row.GpuMilli;
        FreeGpus = PlaceCount.Free(_good, _gpus, _gpuUsed);
    }

    /// <summary>Members of this shape that fit, <paramref name="most"/> at most.</summary>
    public int Places(in Shape shape, int most)
    {
        var places = PlaceCount.Beside(shape, _workloadsLeft, _cpu, _memory, most);
        return PlaceCount.OnGpus(shape, places, FreeGpus, _good, _gpus, _gpuUsed);
    }

    /// <summary>Members of this shape that would fit if nothing ran on the node, <paramref name="most"/> at most.</summary>
    public static int PlacesWhenEmpty(NodeTable nodes, int node, in Shape shape, int most)
    {
        var (whole, gpus) = (nodes.ShapeOf(node), BitOperations.PopCount(nodes.HealthyGpus(node)));
        var places = PlaceCount.Beside(shape, whole.MaxWorkloads, whole.Cpu, whole.Memory, most);
        return shape.GpuCount == 0 ? places : Math.Min(places, shape.IsShare ? gpus * (NodeTable.WholeGpu / shape.GpuMilli) : gpus / shape.GpuCount);
    }

    /// <summary>Members that fit get their places.</summary>
    public void Take(in Shape shape, int members)
    {
        (_cpu, _memory, _workloadsLeft) = (_cpu - shape.CpuMilli * members, _memory - shape.MemoryMib * members, _workloadsLeft - members);
        var gpus = members * shape.GpuCount;
        for (var rest = _good; rest != 0 && gpus > 0; rest &= rest - 1)
        {
            ref var used = ref _gpuUsed[BitOperations.TrailingZeroCount(rest)];
            for (; gpus > 0 && used + shape.GpuMilli <= NodeTable.WholeGpu && (shape.IsShare || used == 0); gpus--)
                used += shape.GpuMilli;
        }
        FreeGpus = PlaceCount.Free(_good, _gpus, _gpuUsed);
    }
}
