using System.Numerics;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Model;

/// <content>What is used, and what follows from it for placement.</content>
public sealed partial class NodeTable
{
    /// <summary>Whole GPUs that a workload may get.</summary>
    internal uint OpenGpus(int node) => _rows[node].OpenGpus;

    /// <summary>GPUs in part used, of which a workload may get the rest.</summary>
    internal uint PartGpus(int node) => _rows[node].PartGpus;

    /// <summary>Any workload may be placed on the node.</summary>
    internal bool IsSchedulable(int node) => _rows[node].IsSchedulable;

    /// <summary>The node has as many workloads as it may have.</summary>
    internal bool IsFull(int node) => _rows[node].IsFull;

    /// <summary>Any workload may be placed on the node, and one more is within its limit.</summary>
    internal bool IsOpen(int node) => _rows[node].IsOpen;

    /// <summary>Whole GPUs that workloads may get.</summary>
    internal int FreeGpuCount(int node) => _rows[node].FreeGpuCount;

    /// <summary>Thousandths of a core, never negative.</summary>
    internal int FreeCpu(int node) => _rows[node].FreeCpu;

    /// <summary>MiB, never negative.</summary>
    internal int FreeMemory(int node) => _rows[node].FreeMemory;

    /// <summary>Thousandths of a core; negative where the node is overcommitted.</summary>
    internal long CpuLeft(int node) => _rows[node].CpuLeft;

    /// <summary>MiB; negative where the node is overcommitted.</summary>
    internal long MemoryLeft(int node) => _rows[node].MemoryLeft;

    /// <summary>Workloads that the node may still get; negative where the cluster has put more there than it may have.</summary>
    internal long WorkloadsLeft(int node) => (long)_rows[node].MaxWorkloads - _rows[node].WorkloadCount;

    /// <summary>GPUs that workloads may get when nobody has them.</summary>
    internal uint HealthyGpus(int node) => _rows[node].HealthyGpus;

    /// <summary>Milli-GPU in use, by GPU.</summary>
    internal ReadOnlySpan<int> GpusUsed(int node) => _gpuUsed.AsSpan(node * MaxGpus, MaxGpus);

    internal int GpuUsed(int node, int gpu) => _gpuUsed[node * MaxGpus + gpu];

    /// <summary>Loads what a change of the node's use touches. The answer is of no meaning.</summary>
    // A row lies across two cache lines.
    internal int Load(int node) => (int)_rows[node].CpuUsed + (int)_rows[node].Health + _gpuUsed[node * MaxGpus] + Index.Load(node);

    internal int FirstWorkload(int node) => _rows[node].FirstWorkload;

    /// <summary>Comes with <see cref="Take"/> or <see cref="Give"/>, which mark the page.</summary>
    internal void SetFirstWorkload(int node, int slot) => _rows[node].FirstWorkload = slot;

    internal void Take(in WorkloadRow row) => Shift(row.Node, row.Gpus, row.GpuMilli, row.Cpu, row.Memory, 1);

    internal void Give(in WorkloadRow row) => Shift(row.Node, row.Gpus, -row.GpuMilli, -row.Cpu, -row.Memory, -1);

    private void Shift(int node, uint gpus, int milli, int cpu, int memory, int workloads)
    {
        ref var row = ref _rows[node];
        row.CpuUsed += cpu;
        row.MemoryUsed += memory;
        row.WorkloadCount += workloads;
        var used = _gpuUsed.AsSpan(node * MaxGpus, MaxGpus);
        GpuLanes.Add(used, gpus, milli);
        Sort(ref row, used);
        Reindex(node);
        Dirty.Mark(node);
    }

    /// <summary>Works out everything that follows from what is known of the node.</summary>
    private void Refresh(int node)
    {
        ref var row = ref _rows[node];
        ref readonly var facts = ref _facts[node];
        row.Health = facts.QuarantinedBy != 0 ? NodeHealth.Quarantined
            : !facts.Reachable ? NodeHealth.Unreachable
            : facts.ForeignCordon ? NodeHealth.Cordoned
            : NodeHealth.Healthy;
        Sort(ref row, _gpuUsed.AsSpan(node * MaxGpus, MaxGpus));
        Reindex(node);
        Dirty.Mark(node);
    }

    /// <summary>Sorts the GPUs into open, in part used, and neither.</summary>
    private static void Sort(ref NodeRow row, ReadOnlySpan<int> used)
    {
        var unused = GpuLanes.Unused(used, row.GpuCount);
        var open = GpuLanes.OpenOf(unused, row.HealthyGpus, row.GpuCount);
        var part = GpuLanes.Below(used, row.HealthyGpus, WholeGpu) & ~unused;
        row.OpenGpus = (ushort)open;
        if ((part | row.PartGpus) == 0)
            return;
        var (largest, all) = (0, 0);
        for (var rest = part; rest != 0; rest &= rest - 1)
        {
            var left = WholeGpu - used[BitOperations.TrailingZeroCount(rest)];
            largest = Math.Max(largest, left);
            all += left;
        }
        (row.PartGpus, row.LargestPart, row.AllParts) = ((ushort)part, (ushort)largest, (ushort)all);
    }

    /// <summary>Enters where the node stands now into the placement index, and into the counts of its domains.</summary>
    private void Reindex(int node)
    {
        Recount(node);
        Touched.Mark(node);
        ref readonly var row = ref _rows[node];
        if (!row.IsOpen)
        {
            Index.Set(node, Standing.Out);
            return;
        }
        var free = row.FreeGpuCount;
        var room = new Headroom(row.FreeCpu, row.FreeMemory, row.LargestPart);
        var stranding = Stranding.Of(free * WholeGpu + row.AllParts, Mix.Exchange.Served(room.Cpu, room.Memory));
        Index.Set(node, new Standing(free, stranding, Mix.IsSought(row.Group), room));
    }
}
