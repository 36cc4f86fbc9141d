namespace Pipeline.Kubernetes.Models;

/// <summary>scheduling.volcano.sh/v1beta1 PodGroup: a gang.</summary>
public sealed record PodGroup : KubernetesObject
{
    public PodGroupSpec Spec { get; init => field = value ?? new(); } = new();

    public PodGroupStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record PodGroupSpec : ModelPart
{
    /// <summary>Pods that must run at once.</summary>
    public int MinMember { get; init; }

    public string? Queue { get; init; }

    public string? PriorityClassName { get; init; }

    public NetworkTopology? NetworkTopology { get; init; }
}

public sealed record NetworkTopology : ModelPart
{
    /// <summary>hard (also when null): all pods within one HyperNode up to the tier; soft: preferably.</summary>
    public string? Mode { get; init; }

    public int? HighestTierAllowed { get; init; }

    /// <summary>In place of the number, the tierName of a HyperNode.</summary>
    public string? HighestTierName { get; init; }
}

public sealed record PodGroupStatus : ModelPart
{
    /// <summary>Pending, Running, Unknown, Inqueue or Completed.</summary>
    public string? Phase { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];

    public int Running { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }
}
