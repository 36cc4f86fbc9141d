namespace Pipeline.TestDoubles.Time;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire on the thread that moves it, in the order of their due times, each at its
/// own time.
/// </summary>
public sealed class FakeTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly List<(Func<DateTimeOffset, bool> IsDue, TaskCompletionSource Seen)> _watchers = [];
    private DateTimeOffset _now = start;
    private TimeSpan _set;
    private long _order;

    /// <summary>Starts on an arbitrary whole hour.</summary>
    public FakeTimeProvider()
        : this(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return (_now - _set).Ticks;
    }

    /// <summary>Moves the clock, firing every timer that comes due on the way, those that a callback sets among them.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = GetUtcNow() + by;
        while (NextDue(end) is { } timer)
            timer.Fire();
        lock (_gate)
            _now = end;
    }

    /// <summary>Sets the clock as an operator would: elapsed time stays as it is in life, so no timer comes nearer.</summary>
    public void Set(DateTimeOffset now)
    {
        lock (_gate)
        {
            var shift = now - _now;
            _now = now;
            _set += shift;
            foreach (var timer in _timers)
                timer.Due += shift;
        }
    }

    /// <summary>Completes once a timer is set for exactly <paramref name="due"/>: somebody waits for that time.</summary>
    public Task WhenTimerIsSetFor(DateTimeOffset due)
    {
        lock (_gate)
        {
            if (_timers.Any(t => t.Due == due))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((d => d == due, seen));
            return seen.Task;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private FakeTimer? NextDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.Due <= end).OrderBy(t => t.Due).ThenBy(t => t.Order).FirstOrDefault();
            if (next is null)
                return null;
            if (next.Due > _now)
                _now = next.Due;
            _timers.Remove(next);
            if (next.Period > TimeSpan.Zero)
                Add(next, _now + next.Period);
            return next;
        }
    }

    private void Add(FakeTimer timer, DateTimeOffset due)
    {
        timer.Due = due;
        timer.Order = ++_order;
        _timers.Add(timer);
        foreach (var watcher in _watchers.Where(w => w.IsDue(due)).ToList())
        {
            _watchers.Remove(watcher);
            watcher.Seen.SetResult();
        }
    }

    private sealed class FakeTimer(FakeTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public DateTimeOffset Due { get; set; }

        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (_disposed)
                    return false;
                time._timers.Remove(this);
                Period = period;
                if (dueTime >= TimeSpan.Zero)
                    time.Add(this, time._now + dueTime);
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                _disposed = true;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
