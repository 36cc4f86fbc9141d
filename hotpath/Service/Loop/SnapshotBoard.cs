using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>Where the loop hangs out the newest snapshot.</summary>
internal sealed class SnapshotBoard(ClusterSnapshot first)
{
    private ClusterSnapshot _current = first;
    private TaskCompletionSource _changed = NewSignal();
    private int _waiters;

    public ClusterSnapshot Current => Volatile.Read(ref _current);

    public void Publish(ClusterSnapshot snapshot)
    {
        // Full fence: a waiter that counted itself before this either sees the new snapshot or is woken.
        Interlocked.Exchange(ref _current, snapshot);
        if (Volatile.Read(ref _waiters) > 0)
            Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
    }

    public async Task<long> WaitAsync(long afterSequence, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            while (true)
            {
                var signal = Volatile.Read(ref _changed);
                var sequence = Current.Sequence;
                if (sequence > afterSequence)
                    return sequence;
                await signal.Task.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
