using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>coordination.k8s.io/v1 Lease.</summary>
public sealed record Lease : KubernetesObject
{
    public LeaseSpec Spec { get; init => field = value ?? new(); } = new();
}

public sealed record LeaseSpec : ModelPart
{
    /// <summary>Null or empty: nobody holds it.</summary>
    public string? HolderIdentity { get; init; }

    public int? LeaseDurationSeconds { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>Grows whenever the holder changes.</summary>
    public int LeaseTransitions { get; init; }
}
