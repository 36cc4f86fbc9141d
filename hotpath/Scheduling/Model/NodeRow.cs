using System.Numerics;

namespace Pipeline.Scheduling.Model;

/// <summary>
/// What a placement and a release touch of a node, in one cache line: with a column for each of these they would wait for
/// memory a dozen times over.
/// </summary>
internal struct NodeRow
{
    /// <summary>Null: there is no node.</summary>
    public string Name;

    // What is used may exceed what there is: the cluster's own bindings are taken over whatever they add up to.
    public long CpuUsed;
    public long MemoryUsed;
    public int CpuTotal;
    public int MemoryTotal;
    public int WorkloadCount;
    public int MaxWorkloads;
    public int FirstWorkload;
    /// <summary>Machine group index, or <see cref="NodeTable.NoGroup"/>.</summary>
    public byte Group;
    public byte GpuCount;
    public NodeHealth Health;
    public bool Blocked;
    public ushort BadGpus;

    // Follow from the above and from what is used of each GPU.
    public ushort OpenGpus;
    public ushort PartGpus;
    public ushort LargestPart;
    public ushort AllParts;

    /// <summary>Any workload may be placed on the node.</summary>
    public readonly bool IsSchedulable => Health == NodeHealth.Healthy && !Blocked && Group != NodeTable.NoGroup;

    /// <summary>The node has as many workloads as it may have.</summary>
    public readonly bool IsFull => WorkloadCount >= MaxWorkloads;

    /// <summary>Any workload may be placed on the node, and one more is within its limit.</summary>
    public readonly bool IsOpen => IsSchedulable && !IsFull;

    /// <summary>GPUs that workloads may get when nobody has them.</summary>
    public readonly uint HealthyGpus => ((1u << GpuCount) - 1) & ~(uint)BadGpus;

    /// <summary>Whole GPUs that workloads may get.</summary>
    public readonly int FreeGpuCount => BitOperations.PopCount(OpenGpus);

    /// <summary>Thousandths of a core; negative where the node is overcommitted.</summary>
    public readonly long CpuLeft => CpuTotal - CpuUsed;

    /// <summary>MiB; negative where the node is overcommitted.</summary>
    public readonly long MemoryLeft => MemoryTotal - MemoryUsed;

    /// <summary>Thousandths of a core, never negative.</summary>
    public readonly int FreeCpu => (int)Math.Max(0, CpuLeft);

    /// <summary>MiB, never negative.</summary>
    public readonly int FreeMemory => (int)Math.Max(0, MemoryLeft);
}
