using System.Collections.Immutable;

namespace Pipeline.Functions.Notify;

/// <summary>
/// Remembers the one retry that is queued for each run. Every change of a run brings a message of its own; without the book each of them
/// would start another chain of retries while a sender is away. It is only a memory: losing it costs extra messages, never a story.
/// </summary>
internal sealed class RetryBook(TimeProvider time)
{
    private readonly long _begun = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Queue<string> _order = new();

    /// <summary>Milliseconds since the book was begun.</summary>
    public long Now => (long)time.GetElapsedTime(_begun).TotalMilliseconds;

    /// <summary>The waits that hold for the run: those of its latest retry, else those that the message carries.</summary>
    public ImmutableArray<SenderWait> Waits(Notification notification)
    {
        lock (_gate)
            return _entries.TryGetValue(notification.Run, out var entry) ? entry.Waits : Later(notification.Waits, Now);
    }

    /// <summary>What a message carries that is due at <paramref name="due"/>.</summary>
    public static ImmutableArray<SenderWait> Carried(ImmutableArray<SenderWait> waits, long due) => Later(waits, -due);

    /// <summary>Notes what still waits. True when the caller must queue a message that is due at <paramref name="due"/>.</summary>
    public bool Note(string run, ImmutableArray<SenderWait> waits, long due)
    {
        var now = Now;
        lock (_gate)
        {
            var known = _entries.TryGetValue(run, out var entry);
            var covered = known && entry!.Due > now && entry.Due <= due;
            _entries[run] = new Entry(covered ? entry!.Due : due, waits);
            if (!known)
                _order.Enqueue(run);
            // Forgotten runs leave their name behind in the order, so both have the bound.
            while (_order.Count > NotifyLimits.Remembered)
                _entries.Remove(_order.Dequeue());
            return !covered;
        }
    }

    /// <summary>The message could not be queued: the next one must be.</summary>
    public void Forget(string run)
    {
        lock (_gate)
            _entries.Remove(run);
    }

    private static ImmutableArray<SenderWait> Later(ImmutableArray<SenderWait> waits, long by) => [.. waits.Select(wait => wait with { Until = wait.Until + by })];

    private sealed record Entry(long Due, ImmutableArray<SenderWait> Waits);
}
