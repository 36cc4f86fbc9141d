namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>What happens by itself. The numbers order what is due at the same instant, so that a restart keeps the order.</summary>
internal enum DueKind
{
    ActionEnds = 1,
    TerminationEnds = 2,
    Churn = 3,
}

/// <param name="Subject">Node index or workload id.</param>
internal readonly record struct Due(DueKind Kind, ulong Subject, DateTimeOffset At);

/// <summary>
/// What will happen by itself, earliest first: at most one entry per action, per termination and for churn. The entry of what
/// ended otherwise stays until its time and means nothing then.
/// </summary>
internal sealed class DueQueue
{
    private readonly PriorityQueue<Due, (long Ticks, DueKind Kind, ulong Subject)> _queue = new();

    public DateTimeOffset? Next => _queue.TryPeek(out var due, out _) ? due.At : null;

    public void Add(Due due) => _queue.Enqueue(due, (due.At.UtcTicks, due.Kind, due.Subject));

    public bool TryTake(DateTimeOffset now, out Due due)
    {
        if (!_queue.TryPeek(out due, out _) || due.At > now)
            return false;
        _queue.Dequeue();
        return true;
    }
}
