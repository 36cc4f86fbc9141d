namespace Pipeline.Kubernetes.Models;

/// <summary>pipeline.gpu/v1alpha1 Workspace: a cost unit, which projects belong to. <c>deploy/crds</c> has the limits of every field.</summary>
public sealed record Workspace : KubernetesObject
{
    public WorkspaceSpec Spec { get; init => field = value ?? new(); } = new();

    public WorkspaceStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record WorkspaceSpec : ModelPart
{
    /// <summary>For people.</summary>
    public string? Description { get; init; }
}

public sealed record WorkspaceStatus : ModelPart
{
    /// <summary>Generation of the spec that the conditions are about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Projects that name it.</summary>
    public int? Projects { get; init; }

    /// <summary>See <see cref="PolicyStatus.Accepted"/>.</summary>
    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}
