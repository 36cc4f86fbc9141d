using System.Numerics;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Model;

/// <content>What is used, and what follows from it for placement.</content>
public sealed partial class NodeTable
{
    /// <summary>Whole GPUs that a workload may get.</summary>
    internal uint OpenGpus(int node) => _openGpus[node];

    /// <summary>GPUs in part used, of which a workload may get the rest.</summary>
    internal uint PartGpus(int node) => _partGpus[node];

    /// <summary>Workloads may be placed on the node.</summary>
    internal bool IsSchedulable(int node) => _health[node] == NodeHealth.Healthy;

    /// <summary>Whole GPUs that workloads may get.</summary>
    internal int FreeGpuCount(int node) => BitOperations.PopCount(_openGpus[node]);

    /// <summary>Thousandths of a core, never negative.</summary>
    internal int FreeCpu(int node) => Free(_cpuTotal[node], _cpuUsed[node]);

    /// <summary>MiB, never negative.</summary>
    internal int FreeMemory(int node) => Free(_memoryTotal[node], _memoryUsed[node]);

    /// <summary>Thousandths of a core; negative where the cluster overcommits.</summary>
    internal long CpuBalance(int node) => _cpuTotal[node] - _cpuUsed[node];

    /// <summary>MiB; negative where the cluster overcommits.</summary>
    internal long MemoryBalance(int node) => _memoryTotal[node] - _memoryUsed[node];

    internal int GpuUsed(int node, int gpu) => _gpuUsed[node * MaxGpus + gpu];

    internal int FirstWorkload(int node) => _firstWorkload[node];

    /// <summary>To be followed by <see cref="Take"/> or <see cref="Give"/>, which mark the page.</summary>
    internal void SetFirstWorkload(int node, int slot) => _firstWorkload[node] = slot;

    internal void Take(in WorkloadRow row) => Shift(row.Node, row.Gpus, row.GpuMilli, row.Cpu, row.Memory);

    internal void Give(in WorkloadRow row) => Shift(row.Node, row.Gpus, -row.GpuMilli, -row.Cpu, -row.Memory);

    private void Shift(int node, uint gpus, int milli, int cpu, int memory)
    {
        _cpuUsed[node] += cpu;
        _memoryUsed[node] += memory;
        for (var rest = gpus; rest != 0; rest &= rest - 1)
            _gpuUsed[node * MaxGpus + BitOperations.TrailingZeroCount(rest)] += milli;
        Sort(node, gpus);
        Reindex(node);
    }

    /// <summary>Works out everything that follows from the node's columns.</summary>
    private void Refresh(int node)
    {
        _health[node] = _quarantinedBy[node] != 0 ? NodeHealth.Quarantined
            : !_reachable[node] ? NodeHealth.Unreachable
            : _foreignCordon[node] ? NodeHealth.Cordoned
            : NodeHealth.Healthy;
        Sort(node, (1u << MaxGpus) - 1);
        Reindex(node);
    }

    /// <summary>Sorts the given GPUs into open, in part used, and neither.</summary>
    private void Sort(int node, uint gpus)
    {
        var used = _gpuUsed.AsSpan(node * MaxGpus, MaxGpus);
        uint open = _openGpus[node] & ~gpus, part = _partGpus[node] & ~gpus;
        for (var rest = gpus & ((1u << _gpuCount[node]) - 1) & ~(uint)_badGpus[node]; rest != 0; rest &= rest - 1)
        {
            var gpu = BitOperations.TrailingZeroCount(rest);
            if (used[gpu] == 0)
                open |= 1u << gpu;
            else if (used[gpu] < WholeGpu)
                part |= 1u << gpu;
        }
        _openGpus[node] = (ushort)open;
        if ((part | _partGpus[node]) == 0)
            return;
        var least = WholeGpu;
        for (var rest = part; rest != 0; rest &= rest - 1)
            least = Math.Min(least, used[BitOperations.TrailingZeroCount(rest)]);
        _partGpus[node] = (ushort)part;
        _largestPart[node] = (ushort)(WholeGpu - least);
    }

    private void Reindex(int node)
    {
        var room = new Headroom(Free(_cpuTotal[node], _cpuUsed[node]), Free(_memoryTotal[node], _memoryUsed[node]), _largestPart[node]);
        Index.Set(node, _group[node], IsSchedulable(node) ? FreeGpuCount(node) : -1, room);
        Recount(node);
        Dirty.Mark(node);
    }

    private static int Free(int total, long used) => (int)Math.Max(0, total - used);
}
