namespace Pipeline.Kubernetes.Models;

/// <summary>A condition of the usual shape (meta/v1 Condition, and what pods and pod groups have in its place).</summary>
public sealed record Condition : ModelPart
{
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>True, False or Unknown.</summary>
    public string Status { get; init => field = value ?? ""; } = "";

    public DateTimeOffset? LastProbeTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>The generation of the object that the condition is about.</summary>
    public long? ObservedGeneration { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}
