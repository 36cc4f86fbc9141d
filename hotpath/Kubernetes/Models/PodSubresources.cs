namespace Pipeline.Kubernetes.Models;

/// <summary>core/v1 Binding: what a scheduler posts to <c>pods/NAME/binding</c>.</summary>
public sealed record Binding : KubernetesObject
{
    public ObjectReference Target { get; init => field = value ?? new(); } = new();
}

/// <summary>policy Eviction: posted to <c>pods/NAME/eviction</c>.</summary>
public sealed record Eviction : KubernetesObject
{
    public DeleteOptions? DeleteOptions { get; init; }
}

/// <summary>core/v1 ObjectReference.</summary>
public sealed record ObjectReference : ModelPart
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }
}

/// <summary>meta/v1 DeleteOptions.</summary>
public sealed record DeleteOptions : ModelPart
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    /// <summary>Seconds; 0 deletes at once. Null: what the object says.</summary>
    public long? GracePeriodSeconds { get; init; }

    public Preconditions? Preconditions { get; init; }

    /// <summary>Foreground, Background or Orphan. Null: the default of the kind.</summary>
    public string? PropagationPolicy { get; init; }
}

/// <summary>A delete of something that has meanwhile been replaced or changed fails with a conflict.</summary>
public sealed record Preconditions : ModelPart
{
    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }
}
