using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>
/// The last events, numbered. All watchers read the same ring by their own position; one that falls behind the oldest event
/// kept has lost events. Not thread-safe: the cluster's lock guards it.
/// </summary>
internal sealed class EventRing(int capacity)
{
    private ClusterEvent[] _slots = new ClusterEvent[Math.Min(capacity, 64)];
    private long _first;
    private TaskCompletionSource? _waiting;

    /// <summary>Number of the next event.</summary>
    public long Next { get; private set; }

    public void Publish(ClusterEvent change)
    {
        if (Next - _first == _slots.Length && !TryGrow())
            _first++;
        _slots[Next % _slots.Length] = change;
        Next++;
        _waiting?.TrySetResult();
        _waiting = null;
    }

    /// <summary>Events before now are unknown: the process that saw them is gone.</summary>
    public void Forget() => _first = ++Next;

    /// <summary>
    /// Reads the event at <paramref name="position"/> and moves on; a position that is too old gives a resync and moves to the end.
    /// </summary>
    public bool TryRead(ref long position, out ClusterEvent change)
    {
        if (position < _first)
        {
            position = Next;
            change = new ClusterEvent.Resync();
            return true;
        }

        if (position == Next)
        {
            change = null!;
            return false;
        }

        change = _slots[position++ % _slots.Length];
        return true;
    }

    /// <summary>Completes at the next event.</summary>
    public Task WaitAsync() => (_waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private bool TryGrow()
    {
        if (_slots.Length == capacity)
            return false;
        var grown = new ClusterEvent[Math.Min(capacity, _slots.Length * 2)];
        for (var position = _first; position < Next; position++)
            grown[position % grown.Length] = _slots[position % _slots.Length];
        _slots = grown;
        return true;
    }
}
