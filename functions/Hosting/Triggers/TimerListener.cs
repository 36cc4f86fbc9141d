using Pipeline.Functions.Hosting.Settings;

namespace Pipeline.Functions.Hosting.Triggers;

/// <summary>
/// Runs a timer function at the occurrences of its schedule, never two at a time and without a retry. Occurrences missed while it ran, or
/// while the host was down, are made up for by one invocation with <see cref="TimerInfo.IsPastDue"/>.
/// </summary>
internal sealed class TimerListener(
    string function, Trigger.Timer trigger, TimerHandler handler, FunctionInvoker invoker, IScheduleMonitor monitor, TimeProvider time)
{
    // A timer of the platform takes no more than 49 days; a shorter wait also notices sooner that the clock was set.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    private readonly bool _isRare = trigger.Schedule.IsRare;
    private long _invocations;

    public async Task RunAsync(CancellationToken stopTaking, CancellationToken abort)
    {
        var (status, due) = Begin();
        if (trigger.RunOnStartup && !(due <= time.GetUtcNow()))
            status = await InvokeAsync(time.GetUtcNow(), status, isPastDue: false, abort).ConfigureAwait(false);

        while (due is { } occurrence)
        {
            var missed = occurrence <= time.GetUtcNow();
            if (!await WaitUntilAsync(occurrence, stopTaking).ConfigureAwait(false))
                return;
            var now = time.GetUtcNow();
            var isPastDue = missed || trigger.Schedule.Next(occurrence) <= now;
            status = await InvokeAsync(occurrence, status, isPastDue, abort).ConfigureAwait(false);
            due = trigger.Schedule.Next(isPastDue ? now : occurrence);
        }
    }

    /// <summary>What is known of the timer, and when it is due.</summary>
    private (ScheduleStatus? Known, DateTimeOffset? Due) Begin()
    {
        var now = time.GetUtcNow();
        if (!trigger.Monitored)
            return (null, trigger.Schedule.Next(now));
        var known = monitor.Read(function);
        // Missed while it ran, and not made up for before the host stopped.
        if (known is not null && known.Next <= known.LastUpdated)
            return (known, known.Next);
        var since = known?.LastUpdated ?? now;
        var due = trigger.Schedule.Next(since);
        if (due is null || due == known?.Next)
            return (known, due);
        // The first start, or the first one with another schedule. Unless it is remembered now, an occurrence before the first run can be missed.
        var status = new ScheduleStatus(known?.Last, due.Value, since);
        monitor.Write(function, status);
        return (status, due);
    }

    private async Task<ScheduleStatus> InvokeAsync(
        DateTimeOffset occurrence, ScheduleStatus? before, bool isPastDue, CancellationToken abort)
    {
        var now = time.GetUtcNow();
        var next = trigger.Schedule.Next(now > occurrence ? now : occurrence) ?? DateTimeOffset.MaxValue;
        var told = trigger.Monitored ? new ScheduleStatus(before?.Last, next, before?.LastUpdated ?? now) : null;
        var context = new TriggerContext(function, $"{function}-{++_invocations}", 0);
        Task Handle(CancellationToken token) => handler(context, new TimerInfo(told, isPastDue), token);
        await invoker.InvokeAsync(function, Handle, static () => { }, abort).ConfigureAwait(false);
        var after = new ScheduleStatus(occurrence, next, time.GetUtcNow());
        if (trigger.Monitored && !abort.IsCancellationRequested)
            monitor.Write(function, after);
        return after;
    }

    /// <summary>False when the host stopped first.</summary>
    private async Task<bool> WaitUntilAsync(DateTimeOffset occurrence, CancellationToken stopTaking)
    {
        while (!stopTaking.IsCancellationRequested)
        {
            var now = time.GetUtcNow();
            // The clock was set back: what comes often goes on, and what comes at a time of the day waits for it.
            if (!_isRare && trigger.Schedule.Next(now) is { } next && next < occurrence)
                occurrence = next;
            var wait = occurrence - now;
            if (wait <= TimeSpan.Zero)
                return true;
            // Rounded up: a wait below a millisecond would come back at once and spin.
            wait = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Min(wait.TotalMilliseconds, LongestWait.TotalMilliseconds)));
            try
            {
                await Task.Delay(wait, time, stopTaking).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        return false;
    }
}
