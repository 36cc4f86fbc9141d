namespace Pipeline.Kubernetes.Limiting;

/// <summary>
/// Lets requests go in the order of their priority, and of their arrival within it, as fast as the options allow. Urgent requests do not
/// wait for the rate: they take from it in advance, and the others make up for it.
/// </summary>
public sealed class ClientLimiter : IDisposable
{
    private static readonly RequestPriority[] Order = [RequestPriority.Urgent, RequestPriority.Normal, RequestPriority.Background];

    private readonly ClientLimiterOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter>[] _waiting = [new(), new(), new()];
    private readonly ITimer _refill;
    private double _tokens;
    private long _filledAt;
    private int _inFlight;
    private int _urgentInFlight;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public ClientLimiter(ClientLimiterOptions options, TimeProvider time)
    {
        var problems = new OptionProblems();
        options.Check(problems);
        problems.Throw();
        (_options, _time) = (options, time);
        (_tokens, _filledAt) = (options.Burst, time.GetTimestamp());
        _refill = time.CreateTimer(static state => ((ClientLimiter)state!).Refilled(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Requests that wait for their turn.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Sum(queue => queue.Count);
        }
    }

    /// <summary>Waits for its turn; dispose the slot when the answer is there.</summary>
    /// <exception cref="KubernetesException"><see cref="Reasons.QueueFull"/>.</exception>
    public ValueTask<Slot> EnterAsync(RequestPriority priority, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return ValueTask.FromCanceled<Slot>(cancellation);
        lock (_gate)
        {
            var queue = _waiting[(int)priority];
            if (queue.Count == 0 && IsFirst(priority) && TryTake(priority, out var slot))
                return ValueTask.FromResult(slot);
            if (queue.Count >= _options.MaxWaiting)
                return ValueTask.FromException<Slot>(Full(priority));
            var waiter = new Waiter(this);
            waiter.Place = queue.AddLast(waiter);
            ScheduleRefill();
            return waiter.WaitAsync(cancellation);
        }
    }

    public void Dispose() => _refill.Dispose();

    private static KubernetesException Full(RequestPriority priority)
        => new(0, Reasons.QueueFull, $"Too many {priority} requests wait for their turn (Limiter.MaxWaiting).") { NotSent = true };

    private bool IsFirst(RequestPriority priority)
    {
        foreach (var other in Order)
        {
            if (other == priority)
                return true;
            // One that waits for a slot or the rate is not overtaken by one of less importance.
            if (_waiting[(int)other].Count > 0)
                return false;
        }

        return true;
    }

    private bool TryTake(RequestPriority priority, out Slot slot)
    {
        slot = default;
        var urgent = priority == RequestPriority.Urgent;
        var own = urgent && _urgentInFlight < _options.UrgentInFlight;
        if (!own && _options.MaxInFlight > 0 && _inFlight >= _options.MaxInFlight)
            return false;
        if (!TryTakeToken(urgent))
            return false;
        if (own)
            _urgentInFlight++;
        else
            _inFlight++;
        slot = new Slot(this, own);
        return true;
    }

    private bool TryTakeToken(bool inAdvance)
    {
        if (_options.RequestsPerSecond == 0)
            return true;
        var now = _time.GetTimestamp();
        var filled = _tokens + (_time.GetElapsedTime(_filledAt, now).TotalSeconds * _options.RequestsPerSecond);
        (_tokens, _filledAt) = (Math.Min(filled, _options.Burst), now);
        if (_tokens < 1 && !inAdvance)
            return false;
        // Not further in debt than one burst: what was urgent must not stop everything else for long.
        _tokens = Math.Max(_tokens - 1, -_options.Burst);
        return true;
    }

    private void Leave(bool own)
    {
        lock (_gate)
        {
            if (own)
                _urgentInFlight--;
            else
                _inFlight--;
            Advance();
        }
    }

    private void Refilled()
    {
        lock (_gate)
            Advance();
    }

    private void Advance()
    {
        foreach (var priority in Order)
        {
            var queue = _waiting[(int)priority];
            while (queue.First is { } first)
            {
                if (!TryTake(priority, out var slot))
                {
                    ScheduleRefill();
                    return;
                }

                queue.Remove(first);
                first.Value.Go(slot);
            }
        }
    }

    private void ScheduleRefill()
    {
        if (_options.RequestsPerSecond == 0 || _tokens >= 1)
            return;
        // Timers count whole milliseconds; one that is early would find no token and be set again.
        var wait = Math.Ceiling(((1 - _tokens) * 1000 / _options.RequestsPerSecond) - _time.GetElapsedTime(_filledAt).TotalMilliseconds);
        _refill.Change(TimeSpan.FromMilliseconds(Math.Max(wait, 0)), Timeout.InfiniteTimeSpan);
    }

    private void Forget(Waiter waiter, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (waiter.Place is not { List: { } queue } place)
                return;
            queue.Remove(place);
            waiter.GiveUp(cancellation);
            Advance();
        }
    }

    /// <summary>The right to have one request under way.</summary>
    public readonly struct Slot : IDisposable
    {
        private readonly ClientLimiter? _limiter;
        private readonly bool _own;

        internal Slot(ClientLimiter limiter, bool own) => (_limiter, _own) = (limiter, own);

        public void Dispose() => _limiter?.Leave(_own);
    }

    private sealed class Waiter(ClientLimiter limiter)
    {
        private readonly TaskCompletionSource<Slot> _turn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Place { get; set; }

        public async ValueTask<Slot> WaitAsync(CancellationToken cancellation)
        {
            await using var registration = cancellation.UnsafeRegister((_, token) => limiter.Forget(this, token), null).ConfigureAwait(false);
            return await _turn.Task.ConfigureAwait(false);
        }

        public void Go(Slot slot) => _turn.SetResult(slot);

        public void GiveUp(CancellationToken cancellation) => _turn.SetCanceled(cancellation);
    }
}
