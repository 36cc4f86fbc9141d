using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>pipeline.gpu/v1alpha1 Reservation: whole nodes of one machine group for a project and a time to come.</summary>
public sealed record Reservation : KubernetesObject
{
    public ReservationSpec Spec { get; init => field = value ?? new(); } = new();

    public ReservationStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record ReservationSpec : ModelPart
{
    public string Project { get; init => field = value ?? ""; } = "";

    /// <summary>Machine group.</summary>
    public string Group { get; init => field = value ?? ""; } = "";

    /// <summary>Whole nodes, 1 to 262,144.</summary>
    public int Nodes { get; init; }

    /// <summary>Null: it cannot be read.</summary>
    [JsonConverter(typeof(GivenTimeConverter))]
    public DateTimeOffset? Start { get; init; }

    /// <inheritdoc cref="Start"/>
    [JsonConverter(typeof(GivenTimeConverter))]
    public DateTimeOffset? End { get; init; }

    /// <summary>Null: the nodes may be anywhere.</summary>
    public ReservationTopology? Topology { get; init; }
}

public sealed record ReservationTopology : ModelPart
{
    public const string Soft = "soft";

    public const string Hard = "hard";

    /// <summary>soft: the tightest network domain that fits, else anywhere. hard: one domain of at most the highest tier, or not at all.</summary>
    public string Mode { get; init => field = value ?? ""; } = "";

    /// <summary>For hard; 0 (a leaf switch, the default) to 63.</summary>
    public int HighestTier { get; init; }
}

public sealed record ReservationStatus : ModelPart
{
    /// <summary>Generation of the spec that the state is about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Refused, Scheduled, Draining, Active, Ended or Cancelled; null: not looked at yet.</summary>
    public string? State { get; init; }

    /// <summary>What is wrong, and what to ask for instead; at most 32,768 characters.</summary>
    public string? Message { get; init; }

    /// <summary>Nodes that it lacks because some became unusable and no others were to be had.</summary>
    public int? ShortOf { get; init; }

    /// <summary>Names of its nodes, at most 4,096 of them.</summary>
    public IReadOnlyList<string> Nodes { get; init => field = value ?? []; } = [];
}
