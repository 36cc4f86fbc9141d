using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>What has changed since it was looked at, each once, in the order of the first change: as many entries as there are objects at most.</summary>
internal sealed class DirtyQueue<T>
    where T : notnull
{
    private readonly Queue<T> _order = new();
    private readonly HashSet<T> _waiting = [];

    public int Count => _order.Count;

    public void Add(T item)
    {
        if (_waiting.Add(item))
            _order.Enqueue(item);
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (!_order.TryDequeue(out item))
            return false;
        _waiting.Remove(item);
        return true;
    }

    public void Clear()
    {
        _order.Clear();
        _waiting.Clear();
    }
}
