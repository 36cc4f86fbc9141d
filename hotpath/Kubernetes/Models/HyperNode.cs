namespace Pipeline.Kubernetes.Models;

/// <summary>topology.volcano.sh/v1alpha1 HyperNode: a domain of the network.</summary>
public sealed record HyperNode : KubernetesObject
{
    public HyperNodeSpec Spec { get; init => field = value ?? new(); } = new();
}

public sealed record HyperNodeSpec : ModelPart
{
    /// <summary>From 0; the smaller, the faster the network.</summary>
    public int Tier { get; init; }

    public string? TierName { get; init; }

    public IReadOnlyList<HyperNodeMember> Members { get; init => field = value ?? []; } = [];
}

public sealed record HyperNodeMember : ModelPart
{
    /// <summary>Node or HyperNode.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    public HyperNodeSelector Selector { get; init => field = value ?? new(); } = new();
}

/// <summary>Exactly one is set.</summary>
public sealed record HyperNodeSelector : ModelPart
{
    public ExactMatch? ExactMatch { get; init; }

    public RegexMatch? RegexMatch { get; init; }

    /// <summary>Only of nodes.</summary>
    public LabelSelector? LabelMatch { get; init; }
}

public sealed record ExactMatch : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";
}

public sealed record RegexMatch : ModelPart
{
    public string Pattern { get; init => field = value ?? ""; } = "";
}
