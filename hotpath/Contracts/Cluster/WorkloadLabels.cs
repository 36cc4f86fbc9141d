using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Cluster;

/// <summary>What a workload says of itself, beside the resources that it asks for. What it leaves out has its default.</summary>
public sealed record WorkloadLabels
{
    public static WorkloadLabels None { get; } = new();

    /// <summary>Empty (the default): the project that is named like the workload's namespace.</summary>
    public string Project { get; init; } = "";

    /// <summary>
    /// Name of a machine profile of the policy; empty (the default): what it asks for itself is all. Of CPU, memory and a share of a GPU the
    /// larger counts. A profile with more GPUs, or of another machine group than the workload asks for, is refused.
    /// </summary>
    public string Profile { get; init; } = "";

    /// <summary>Default on demand.</summary>
    public Provisioning Provisioning { get; init; } = Provisioning.OnDemand;

    /// <summary>Default training.</summary>
    public Category Category { get; init; } = Category.Training;

    /// <summary>Default produce.</summary>
    public Purpose Purpose { get; init; } = Purpose.Produce;

    /// <summary>Ahead of the queue; needs the project's permission. Default false.</summary>
    public bool Urgent { get; init; }

    /// <summary>When nothing fits, others that rank lower are evicted for it. Default true.</summary>
    public bool MayPreempt { get; init; } = true;

    /// <summary>Expected run time in seconds; 0 (the default): not known.</summary>
    public int ExpectedSeconds { get; init; }

    /// <summary>Seconds since it saved its work; null (the default): not known.</summary>
    public int? CheckpointAge { get; init; }

    /// <summary>Name of the service, in the workload's namespace, that it is a replica of; empty (the default): none.</summary>
    public string Service { get; init; } = "";

    /// <summary>Id of the reservation, of its project, whose nodes it may use; 0 (the default): none.</summary>
    public ulong Reservation { get; init; }

    /// <summary>Name of its disruption budget, in its namespace; empty (the default): none.</summary>
    public string Budget { get; init; } = "";

    /// <summary>Null (the default): it may start alone.</summary>
    public GangLabel? Gang { get; init; }
}

/// <summary>The gang that a workload starts with.</summary>
/// <param name="Name">In the workload's namespace.</param>
/// <param name="Min">Members without which none starts; 0: those that are there.</param>
/// <param name="HighestTier">With <see cref="GangTopology.Hard"/>: the widest network domain that may hold the gang; tier 0 is a leaf switch.</param>
public sealed record GangLabel(string Name, int Min = 0, GangTopology Topology = GangTopology.None, int HighestTier = 0);

/// <summary>How near to each other the members of a gang must be.</summary>
public enum GangTopology
{
    /// <summary>Anywhere.</summary>
    None,

    /// <summary>In the tightest network domain that fits, else anywhere.</summary>
    Soft,

    /// <summary>In one network domain of at most the highest tier, or not at all.</summary>
    Hard,
}
