using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>A placed workload in a snapshot.</summary>
public readonly struct WorkloadView
{
    private readonly WorkloadRow _row;

    internal WorkloadView(in WorkloadRow row, int slot) => (_row, Slot) = (row, slot);

    /// <summary>Where it stands in the order of <see cref="ClusterSnapshot.Workloads"/>; the same in every snapshot while it is placed.</summary>
    public int Slot { get; }

    public ulong Id => _row.Id;

    /// <summary><c>namespace/name</c>.</summary>
    public string Name => _row.Name;

    /// <summary>Node index.</summary>
    public int Node => _row.Node;

    /// <summary>Bit i: GPU i of the node.</summary>
    public uint GpuMask => _row.Gpus;

    /// <summary>Milli-GPU on each of them; 0 without GPUs.</summary>
    public int GpuMilli => _row.GpuMilli;

    public long CpuMilli => _row.Cpu;

    public long MemoryMib => _row.Memory;

    public WorkloadTraits Traits => _row.Traits;

    /// <summary>What its GPUs are accounted as.</summary>
    public UsageKind Kind => _row.Kind;

    /// <summary>Machine group whose quota it uses.</summary>
    public int Group => _row.Group;

    /// <summary>Unix milliseconds of its placement.</summary>
    public long StartedAt => _row.StartedAt;

    /// <summary>Unix milliseconds of its last checkpoint; 0: it has none.</summary>
    public long CheckpointAt => _row.CheckpointAt;

    /// <summary>What its eviction would be held to cost, in GPU-seconds, rounded up.</summary>
    /// <param name="at">Unix milliseconds of the eviction.</param>
    public long ImpactOf(PreemptionRules rules, long at) => Impact.GpuSeconds(Impact.Of(_row, rules, at));

    internal int Set => _row.Set;

    /// <summary>Not yet bound by the cluster.</summary>
    public bool Assumed => _row.AssumedUntil != 0;

    /// <summary>Unix milliseconds; 0 when bound.</summary>
    public long AssumedUntil => _row.AssumedUntil;
}
