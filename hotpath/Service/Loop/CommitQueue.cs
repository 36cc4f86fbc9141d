using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Replies and effects that wait for the disk. Whoever decides adds them in the order of their sequence numbers, whoever commits
/// lets them go; a lock stands between the two.
/// </summary>
internal sealed class CommitQueue(IEffectSink sink)
{
    private readonly Lock _lock = new();
    private readonly Queue<Submission> _replies = new();
    private readonly Queue<(long Sequence, Effect Effect)> _effects = new();

    // Held while replies and effects go out, so that those of two commits keep their order. Taken before _lock, never after it.
    private readonly Lock _releasing = new();
    private readonly List<Submission> _releasedReplies = [];
    private readonly List<Effect> _releasedEffects = [];

    /// <summary>Replies that wait.</summary>
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

    /// <summary>Everything up to <paramref name="sequence"/> is on disk: replies first, then effects.</summary>
    public void Release(long sequence)
    {
        lock (_releasing)
        {
            try
            {
                TakeThrough(sequence);
                foreach (var submission in _releasedReplies)
                    submission.Complete();
                foreach (var effect in _releasedEffects)
                    sink.Post(effect);
            }
            finally
            {
                _releasedReplies.Clear();
                _releasedEffects.Clear();
            }
        }
    }

    /// <summary>The disk is not to be had: fails the replies and drops the effects, because what is not on disk must not happen.</summary>
    public void Fail(Exception exception)
    {
        Submission[] replies;
        lock (_lock)
        {
            replies = [.. _replies];
            _replies.Clear();
            _effects.Clear();
        }
        foreach (var submission in replies)
            submission.Fail(exception);
    }

    private void TakeThrough(long sequence)
    {
        lock (_lock)
        {
            while (_replies.TryPeek(out var reply) && reply.Sequence <= sequence)
                _releasedReplies.Add(_replies.Dequeue());
            while (_effects.TryPeek(out var effect) && effect.Sequence <= sequence)
                _releasedEffects.Add(_effects.Dequeue().Effect);
        }
    }
}
