using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Replies and effects that wait for the disk. The loop adds them in the order of their sequence numbers,
/// the commit thread takes them; a lock stands between the two.
/// </summary>
internal sealed class PendingCommits
{
    private readonly Lock _lock = new();
    private readonly Queue<Submission> _replies = new();
    private readonly Queue<(long Sequence, Effect Effect)> _effects = new();

    public int Count
    {
        get
        {
            lock (_lock)
                return _replies.Count;
        }
    }

    /// <summary>Adds what one batch decided.</summary>
    public void Add(List<Submission> replies, List<(long Sequence, Effect Effect)> effects)
    {
        if (replies.Count == 0 && effects.Count == 0)
            return;
        lock (_lock)
        {
            foreach (var reply in replies)
                _replies.Enqueue(reply);
            foreach (var effect in effects)
                _effects.Enqueue(effect);
        }
    }

    /// <summary>Moves everything up to <paramref name="sequence"/> into the lists, which the caller owns and reuses.</summary>
    public void TakeThrough(long sequence, List<Submission> replies, List<Effect> effects)
    {
        lock (_lock)
        {
            while (_replies.TryPeek(out var reply) && reply.Sequence <= sequence)
                replies.Add(_replies.Dequeue());
            while (_effects.TryPeek(out var effect) && effect.Sequence <= sequence)
                effects.Add(_effects.Dequeue().Effect);
        }
    }

    /// <summary>Empties the queues after a failed commit. The effects are dropped: what is not on disk must not happen.</summary>
    public void TakeAll(List<Submission> replies)
    {
        lock (_lock)
        {
            replies.AddRange(_replies);
            _replies.Clear();
            _effects.Clear();
        }
    }
}
