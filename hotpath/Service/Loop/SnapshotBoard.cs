using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Where the loop hangs out the newest snapshot, or that there is something newer to make one of. Written by whoever has the turn, read
/// by anybody.
/// </summary>
internal sealed class SnapshotBoard(ClusterSnapshot first)
{
    private ClusterSnapshot _current = first;
    private long _reached = first.Sequence;
    private bool _behind;
    private TaskCompletionSource _changed = NewSignal();
    private int _waiters;

    /// <summary>The snapshot published last.</summary>
    public ClusterSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Something was decided since, of which readers are to see the result.</summary>
    public bool IsBehind => Volatile.Read(ref _behind);

    public void Publish(ClusterSnapshot snapshot)
    {
        Volatile.Write(ref _current, snapshot);
        Volatile.Write(ref _behind, false);
        Reach(snapshot.Sequence);
    }

    /// <param name="sequence">Of the last command that a snapshot would hold.</param>
    public void FallBehind(long sequence)
    {
        Volatile.Write(ref _behind, true);
        Reach(sequence);
    }

    /// <summary>There will be no other snapshot.</summary>
    public void GiveUp() => Volatile.Write(ref _behind, false);

    /// <returns>What readers find by now.</returns>
    public async Task<long> WaitAsync(long afterSequence, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            while (true)
            {
                var signal = Volatile.Read(ref _changed);
                var sequence = Volatile.Read(ref _reached);
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

    private void Reach(long sequence)
    {
        // Full fence: a waiter that counted itself before this either sees the new number or is woken.
        Interlocked.Exchange(ref _reached, sequence);
        if (Volatile.Read(ref _waiters) > 0)
            Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
