using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Explain;

/// <summary>What a node would have free if some of its workloads left; the node itself stays as it is.</summary>
internal sealed class NodeRoom
{
    private readonly int[] _gpuUsed = new int[NodeTable.MaxGpus];
    private readonly uint _good;
    private long _cpu;
    private long _memory;

    public NodeRoom(NodeTable nodes, int node)
    {
        _good = nodes.HealthyGpus(node);
        for (var gpu = 0; gpu < _gpuUsed.Length; gpu++)
            _gpuUsed[gpu] = nodes.GpuUsed(node, gpu);
        // May be negative where the cluster overcommits: what leaves then fills the hole first.
        (_cpu, _memory) = (nodes.CpuLeft(node), nodes.MemoryLeft(node));
    }

    public void Give(in WorkloadRow row)
    {
        _cpu += row.Cpu;
        _memory += row.Memory;
        for (var rest = (uint)row.Gpus; rest != 0; rest &= rest - 1)
            _gpuUsed[BitOperations.TrailingZeroCount(rest)] -= row.GpuMilli;
    }

    /// <summary>Enters a workload of a shape that the node takes.</summary>
    public void Take(in Shape shape)
    {
        _cpu -= shape.CpuMilli;
        _memory -= shape.MemoryMib;
        var left = shape.GpuCount;
        for (var rest = _good; rest != 0 && left > 0; rest &= rest - 1)
        {
            var gpu = BitOperations.TrailingZeroCount(rest);
            if (_gpuUsed[gpu] + shape.GpuMilli > NodeTable.WholeGpu)
                continue;
            _gpuUsed[gpu] += shape.GpuMilli;
            left--;
        }
    }

    public bool Takes(in Shape shape)
    {
        if (Math.Max(0, _cpu) < shape.CpuMilli || Math.Max(0, _memory) < shape.MemoryMib)
            return false;
        var (free, part) = (0, false);
        for (var rest = _good; rest != 0; rest &= rest - 1)
        {
            var used = _gpuUsed[BitOperations.TrailingZeroCount(rest)];
            free += used == 0 ? 1 : 0;
            part |= used + shape.GpuMilli <= NodeTable.WholeGpu;
        }
        return free >= shape.GpuCount || (shape.IsShare && part);
    }
}
