namespace Pipeline.Kubernetes.Models;

/// <summary>core/v1 Event, which servers of every age take; <c>kubectl describe</c> shows it beside its object.</summary>
public sealed record Event : KubernetesObject
{
    public ObjectReference InvolvedObject { get; init => field = value ?? new(); } = new();

    /// <summary>Why, in one word of CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>For people, at most 1,024 bytes.</summary>
    public string? Message { get; init; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; init; }

    public EventSource Source { get; init => field = value ?? new(); } = new();

    public DateTimeOffset? FirstTimestamp { get; init; }

    public DateTimeOffset? LastTimestamp { get; init; }

    /// <summary>How often it happened.</summary>
    public int Count { get; init; }
}

public sealed record EventSource : ModelPart
{
    /// <summary>The program that says so.</summary>
    public string? Component { get; init; }

    /// <summary>The node that it says it on.</summary>
    public string? Host { get; init; }
}
