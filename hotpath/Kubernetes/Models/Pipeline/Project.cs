using System.Collections.Frozen;
using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>pipeline.gpu/v1alpha1 Project: an execution unit with its quotas.</summary>
public sealed record Project : KubernetesObject
{
    public ProjectSpec Spec { get; init => field = value ?? new(); } = new();

    public ProjectStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record ProjectSpec : ModelPart
{
    /// <summary>Name of the Workspace that it belongs to.</summary>
    public string Workspace { get; init => field = value ?? ""; } = "";

    /// <summary>Its workloads may carry the urgent flag. Default false.</summary>
    public bool MayBeUrgent { get; init; }

    /// <summary>By machine group; <c>*</c>: every group without a quota of its own, each for itself.</summary>
    public IReadOnlyDictionary<string, ProjectQuota> Quotas { get; init => field = value ?? NoQuotas; } = NoQuotas;

    private static IReadOnlyDictionary<string, ProjectQuota> NoQuotas { get; } = FrozenDictionary<string, ProjectQuota>.Empty;
}

/// <summary>GPUs as people write them: numbers of up to three decimal places, or <see cref="Unlimited"/>.</summary>
public sealed record ProjectQuota : ModelPart
{
    public const string Unlimited = "unlimited";

    /// <summary>Guaranteed; never unlimited. Default 0.</summary>
    [JsonConverter(typeof(IntOrStringConverter))]
    public string Reserved { get; init => field = value ?? "0"; } = "0";

    /// <summary>Beyond; above that the project borrows what is reserved and idle. Default 0.</summary>
    [JsonConverter(typeof(IntOrStringConverter))]
    public string OnDemand { get; init => field = value ?? "0"; } = "0";

    /// <summary>What others may take back at any time. Default unlimited.</summary>
    [JsonConverter(typeof(IntOrStringConverter))]
    public string Spot { get; init => field = value ?? Unlimited; } = Unlimited;
}
