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

    /// <summary>Any workload may be placed on the node.</summary>
    internal bool IsSchedulable(int node) => _health[node] == NodeHealth.Healthy && !_blocked[node];

    /// <summary>The node has as many workloads as it may have.</summary>
    internal bool IsFull(int node) => _workloadCount[node] >= _maxWorkloads[node];

    /// <summary>Any workload may be placed on the node, and one more is within its limit.</summary>
    internal bool IsOpen(int node) => IsSchedulable(node) && !IsFull(node);

    /// <summary>Whole GPUs that workloads may get.</summary>
    internal int FreeGpuCount(int node) => BitOperations.PopCount(_openGpus[node]);

    /// <summary>Thousandths of a core, never negative.</summary>
    internal int FreeCpu(int node) => Free(_cpuTotal[node], _cpuUsed[node]);

    /// <summary>MiB, never negative.</summary>
    internal int FreeMemory(int node) => Free(_memoryTotal[node], _memoryUsed[node]);

    /// <summary>Thousandths of a core; negative where the node is overcommitted.</summary>
    internal long CpuLeft(int node) => _cpuTotal[node] - _cpuUsed[node];

    /// <summary>MiB; negative where the node is overcommitted.</summary>
    internal long MemoryLeft(int node) => _memoryTotal[node] - _memoryUsed[node];

    /// <summary>Workloads that the node may still get; negative where the cluster has put more there than it may have.</summary>
    internal long WorkloadsLeft(int node) => (long)_maxWorkloads[node] - _workloadCount[node];

    /// <summary>GPUs that workloads may get when nobody has them.</summary>
    internal uint HealthyGpus(int node) => ((1u << _gpuCount[node]) - 1) & ~(uint)_badGpus[node];

    /// <summary>Milli-GPU in use, by GPU.</summary>
    internal ReadOnlySpan<int> GpusUsed(int node) => _gpuUsed.AsSpan(node * MaxGpus, MaxGpus);

    internal int GpuUsed(int node, int gpu) => _gpuUsed[node * MaxGpus + gpu];

    internal int FirstWorkload(int node) => _firstWorkload[node];

    /// <summary>To be followed by <see cref="Take"/> or <see cref="Give"/>, which mark the page.</summary>
    internal void SetFirstWorkload(int node, int slot) => _firstWorkload[node] = slot;

    internal void Take(in WorkloadRow row) => Shift(row.Node, row.Gpus, row.GpuMilli, row.Cpu, row.Memory, 1);

    internal void Give(in WorkloadRow row) => Shift(row.Node, row.Gpus, -row.GpuMilli, -row.Cpu, -row.Memory, -1);

    private void Shift(int node, uint gpus, int milli, int cpu, int memory, int workloads)
    {
        _cpuUsed[node] += cpu;
        _memoryUsed[node] += memory;
        _workloadCount[node] += workloads;
        for (var rest = gpus; rest != 0; rest &= rest - 1)
            _gpuUsed[node * MaxGpus + BitOperations.TrailingZeroCount(rest)] += milli;
        Sort(node, gpus);
        Reindex(node);
        Dirty.Mark(node);
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
        Dirty.Mark(node);
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
        var (largest, all) = (0, 0);
        for (var rest = part; rest != 0; rest &= rest - 1)
        {
            var left = WholeGpu - used[BitOperations.TrailingZeroCount(rest)];
            largest = Math.Max(largest, left);
            all += left;
        }
        _partGpus[node] = (ushort)part;
        _largestPart[node] = (ushort)largest;
        _allParts[node] = (ushort)all;
    }

    /// <summary>Enters where the node stands now into the placement index, and into the counts of its domains.</summary>
    private void Reindex(int node)
    {
        Recount(node);
        Touched.Mark(node);
        if (!IsOpen(node))
        {
            Index.Set(node, Standing.Out);
            return;
        }
        var free = FreeGpuCount(node);
        var room = new Headroom(FreeCpu(node), FreeMemory(node), _largestPart[node]);
        var stranding = Stranding.Of(free * WholeGpu + _allParts[node], Mix.Exchange.Served(room.Cpu, room.Memory));
        Index.Set(node, new Standing(free, stranding, Mix.IsSought(_group[node]), room));
    }

    private static int Free(int total, long used) => (int)Math.Max(0, total - used);
}
