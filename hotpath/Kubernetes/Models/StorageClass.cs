namespace Pipeline.Kubernetes.Models;

/// <summary>storage.k8s.io/v1 StorageClass.</summary>
public sealed record StorageClass : KubernetesObject
{
    public string Provisioner { get; init => field = value ?? ""; } = "";

    /// <summary>Immediate (also when null) or WaitForFirstConsumer.</summary>
    public string? VolumeBindingMode { get; init; }

    /// <summary>A node must match one of them. Empty: the provisioner serves every node.</summary>
    public IReadOnlyList<TopologySelectorTerm> AllowedTopologies { get; init => field = value ?? []; } = [];
}

/// <summary>All of its expressions must hold.</summary>
public sealed record TopologySelectorTerm : ModelPart
{
    public IReadOnlyList<TopologySelectorRequirement> MatchLabelExpressions { get; init => field = value ?? []; } = [];
}

public sealed record TopologySelectorRequirement : ModelPart
{
    public string Key { get; init => field = value ?? ""; } = "";

    /// <summary>The node's label must have one of them.</summary>
    public IReadOnlyList<string> Values { get; init => field = value ?? []; } = [];
}
