using Pipeline.Kubernetes.Limiting;

namespace Pipeline.Kubernetes.Client;

/// <summary>What is special about one request.</summary>
public sealed record RequestOptions
{
    public static RequestOptions Default { get; } = new();

    public static RequestOptions Urgent { get; } = new() { Priority = RequestPriority.Urgent };

    public static RequestOptions Background { get; } = new() { Priority = RequestPriority.Background };

    public RequestPriority Priority { get; init; }

    /// <summary>Such as <c>status</c>. Null: the object itself.</summary>
    public string? Subresource { get; init; }

    /// <summary>Null: <see cref="KubernetesClientOptions.Timeout"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The server checks everything and changes nothing.</summary>
    public bool DryRun { get; init; }
}
