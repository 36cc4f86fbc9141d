using System.Text.Json.Serialization;

namespace Pipeline.Kubernetes.Models;

/// <summary>meta/v1 Status: the body of a refusal.</summary>
public sealed record Status : ModelPart
{
    public string? Kind { get; init; }

    /// <summary>The metadata of a list: of an expired one, where it could go on.</summary>
    public ListMeta Metadata { get; init => field = value ?? new(); } = new();

    /// <summary>Success or Failure.</summary>
    [JsonPropertyName("status")]
    public string? Outcome { get; init; }

    /// <summary>HTTP status.</summary>
    public int Code { get; init; }

    /// <summary>For programs, such as NotFound or Conflict.</summary>
    public string? Reason { get; init; }

    /// <summary>For people.</summary>
    public string? Message { get; init; }

    public StatusDetails? Details { get; init; }
}

public sealed record StatusDetails : ModelPart
{
    public string? Name { get; init; }

    public string? Group { get; init; }

    public string? Kind { get; init; }

    public IReadOnlyList<StatusCause> Causes { get; init => field = value ?? []; } = [];

    public int RetryAfterSeconds { get; init; }
}

public sealed record StatusCause : ModelPart
{
    /// <summary>Such as FieldValueInvalid or DisruptionBudget.</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? Field { get; init; }
}
