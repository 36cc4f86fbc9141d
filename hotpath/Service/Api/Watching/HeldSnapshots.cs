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

    public void Add(ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            foreach (var held in _snapshots)
            {
                if (held.Sequence == snapshot.Sequence)
                    return;
            }

            _snapshots.Enqueue(snapshot);
            if (_snapshots.Count > Capacity)
                _snapshots.Dequeue();
        }
    }

    /// <returns>Null when no snapshot of exactly that sequence is held.</returns>
    public ClusterSnapshot? Find(long sequence)
    {
        lock (_lock)
            return sequence == 0 ? null : _snapshots.FirstOrDefault(held => held.Sequence == sequence);
    }
}
