using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Watching;

/// <summary>One step of a model of the server's objects; applying all in order gives the server's own.</summary>
public abstract record Change<T>
    where T : KubernetesObject
{
    private Change()
    {
    }

    /// <summary>These are all objects: whatever else the model holds is gone. Comes first, and again after the watch lost its place.</summary>
    public sealed record Replaced(IReadOnlyList<T> Items) : Change<T>;

    /// <summary>An object is new or has changed, or matches the selectors now.</summary>
    public sealed record Put(T Item) : Change<T>;

    /// <summary>An object is gone, or no longer matches the selectors.</summary>
    /// <param name="Item">Its last state.</param>
    public sealed record Deleted(T Item) : Change<T>;
}
