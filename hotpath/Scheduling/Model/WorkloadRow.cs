using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Model;

/// <summary>A placed workload. Id 0: the slot is free.</summary>
/// <param name="Gpus">Bit i: GPU i of the node.</param>
/// <param name="GpuMilli">Milli-GPU on each of them; 0 without GPUs.</param>
/// <param name="Cpu">Thousandths of a core.</param>
/// <param name="Memory">MiB.</param>
/// <param name="AssumedUntil">Unix milliseconds, or 0 when the cluster has bound the workload.</param>
internal record struct WorkloadRow(ulong Id, string Name, long AssumedUntil, int Node, int Cpu, int Memory, ushort Gpus, ushort GpuMilli)
{
    public WorkloadTraits Traits { get; set; } = new();

    /// <summary>What its GPUs are accounted as.</summary>
    public UsageKind Kind { get; set; }

    /// <summary>Machine group whose quota it uses; the node's when it was placed.</summary>
    public int Group { get; set; }

    /// <summary>Unix milliseconds of its placement.</summary>
    public long StartedAt { get; set; }

    /// <summary>Unix milliseconds of its last checkpoint; 0: it has none.</summary>
    public long CheckpointAt { get; set; }

    /// <summary>Its gang or service in the <see cref="SetTable"/>, or -1.</summary>
    public int Set { get; set; } = -1;

    /// <summary>Milli-GPU in all.</summary>
    public readonly long Milli => (long)System.Numerics.BitOperations.PopCount(Gpus) * GpuMilli;

    /// <summary>Field by field: as a whole a struct with a reference is copied by a string instruction, which takes longer to start than all of this.</summary>
    public readonly void CopyTo(ref WorkloadRow other)
    {
        other.Id = Id;
        other.Name = Name;
        other.AssumedUntil = AssumedUntil;
        other.Node = Node;
        other.Cpu = Cpu;
        other.Memory = Memory;
        other.Gpus = Gpus;
        other.GpuMilli = GpuMilli;
        other.Traits = Traits;
        other.Kind = Kind;
        other.Group = Group;
        other.StartedAt = StartedAt;
        other.CheckpointAt = CheckpointAt;
        other.Set = Set;
    }
}
