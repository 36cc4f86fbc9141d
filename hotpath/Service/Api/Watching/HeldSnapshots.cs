using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Watching;

/// <summary>
/// The snapshots sent last, so that a watcher whose connection broke can go on where it was. They share what did not change, so each
/// costs the pages that did.
/// </summary>
internal sealed class HeldSnapshots
{
    /// <summary>At the fastest pace of one watcher, a good second of changes.</summary>
    public const int Capacity = 64;

    private readonly Lock _lock = new();
    private readonly Queue<ClusterSnapshot> _snapshots = new();

    // Of several snapshots that differ, while the journal cannot commit: who knows one of them by it may know any.
    private long _ambiguous;

    public void Add(ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            foreach (var held in _snapshots)
            {
                if (held.Sequence != snapshot.Sequence)
                    continue;
                if (!ReferenceEquals(held, snapshot))
                    _ambiguous = snapshot.Sequence;
                return;
            }

            _snapshots.Enqueue(snapshot);
            if (_snapshots.Count > Capacity)
                _snapshots.Dequeue();
        }
    }

    /// <returns>Null when no snapshot of exactly that sequence is held, or not only one has been.</returns>
    public ClusterSnapshot? Find(long sequence)
    {
        lock (_lock)
            return sequence == 0 || sequence == _ambiguous ? null : _snapshots.FirstOrDefault(held => held.Sequence == sequence);
    }
}
