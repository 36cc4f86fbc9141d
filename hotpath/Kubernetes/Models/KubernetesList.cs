namespace Pipeline.Kubernetes.Models;

/// <summary>A page of a list, or a whole one.</summary>
public sealed record KubernetesList<T> : ModelPart
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    public ListMeta Metadata { get; init => field = value ?? new(); } = new();

    public IReadOnlyList<T> Items { get; init => field = value ?? []; } = [];
}

/// <summary>meta/v1 ListMeta.</summary>
public sealed record ListMeta : ModelPart
{
    /// <summary>What the list shows; a watch from here on misses nothing.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Null or empty: this is the last page.</summary>
    public string? Continue { get; init; }

    public long? RemainingItemCount { get; init; }
}
