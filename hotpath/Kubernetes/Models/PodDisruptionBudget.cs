using System.Text.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>policy/v1 (or v1beta1, of the same shape) PodDisruptionBudget.</summary>
public sealed record PodDisruptionBudget : KubernetesObject
{
    public PodDisruptionBudgetSpec Spec { get; init => field = value ?? new(); } = new();

    public PodDisruptionBudgetStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record PodDisruptionBudgetSpec : ModelPart
{
    /// <summary>A number, or a percentage as text.</summary>
    public JsonElement? MinAvailable { get; init; }

    /// <inheritdoc cref="MinAvailable"/>
    public JsonElement? MaxUnavailable { get; init; }

    public LabelSelector? Selector { get; init; }
}

public sealed record PodDisruptionBudgetStatus : ModelPart
{
    /// <summary>The status is about this generation of the spec; an older one says nothing yet.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>Pods that may be evicted now.</summary>
    public int DisruptionsAllowed { get; init; }

    public int CurrentHealthy { get; init; }

    public int DesiredHealthy { get; init; }

    public int ExpectedPods { get; init; }
}
