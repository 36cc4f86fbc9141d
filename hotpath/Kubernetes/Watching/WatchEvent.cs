using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Watching;

internal enum WatchEventType
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

/// <summary>meta/v1 WatchEvent.</summary>
/// <param name="Item">Of a bookmark and an error: null.</param>
/// <param name="ResourceVersion">Where a watch goes on after this event.</param>
/// <param name="Status">Of an error.</param>
internal readonly record struct WatchEvent<T>(WatchEventType Type, T? Item, string? ResourceVersion, Status? Status)
    where T : KubernetesObject;
