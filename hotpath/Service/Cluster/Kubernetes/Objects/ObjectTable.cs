using System.Collections.Immutable;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>The objects of a kind without namespaces, as the server last told. Written by one, read by any.</summary>
/// <param name="changed">Called after each change of a spec.</param>
/// <param name="touched">Called after each change.</param>
internal sealed class ObjectTable<T>(Action changed, Action touched)
    where T : KubernetesObject
{
    private volatile ImmutableSortedDictionary<string, T> _items = ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    /// <summary>By name.</summary>
    public ImmutableSortedDictionary<string, T> Items => _items;

    public void Apply(Change<T> change)
    {
        var before = _items;
        var after = change switch
        {
            Change<T>.Replaced { Items: var all } => before.Clear().AddRange(all.Select(item => KeyValuePair.Create(item.Metadata.Name, item))),
            Change<T>.Put { Item: var item } => before.SetItem(item.Metadata.Name, item),
            Change<T>.Deleted { Item: var item } => before.Remove(item.Metadata.Name),
            _ => before,
        };
        _items = after;
        // Our own statuses come back as changes of the object, and are no news.
        if (change is not Change<T>.Put { Item: var put } || !before.TryGetValue(put.Metadata.Name, out var known) || !SameSpec(known.Metadata, put.Metadata))
            changed();
        touched();
    }

    private static bool SameSpec(ObjectMeta one, ObjectMeta other) => one.Uid == other.Uid && one.Generation == other.Generation;
}
