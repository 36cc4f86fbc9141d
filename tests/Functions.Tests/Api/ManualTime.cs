namespace Pipeline.Functions.Tests.Api;

/// <summary>A clock that moves when told, and can be awaited for the timers that hang on it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private TaskCompletionSource _changed = NewSignal();
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when exactly <paramref name="count"/> timers wait that were set to <paramref name="delay"/>.</summary>
    public async Task ArmedAsync(TimeSpan delay, int count = 1)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_timers.Count(timer => timer.Delay == delay) == count)
                    return;
                changed = _changed.Task;
            }

            await changed.WaitAsync(TestLimits.Patience);
        }
    }

    public void Advance(TimeSpan by)
    {
        Timer[] due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            _timers.RemoveAll(due.Contains);
            Signal();
        }

        foreach (var timer in due)
            timer.Fire();
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Timer(ManualTime time, Action fire) : ITimer
    {
        public TimeSpan Delay { get; private set; }

        public DateTimeOffset Due { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                Delay = dueTime;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                }

                time.Signal();
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                if (time._timers.Remove(this))
                    time.Signal();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

internal static class TestLimits
{
    /// <summary>When to give up on something that should have happened; long, because build machines are busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
}
