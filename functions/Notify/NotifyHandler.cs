using System.Collections.Immutable;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Notify;

/// <summary>
/// Tells people what a repair run does. The story and how far each sender has told it live in the engine; a message only says that
/// there may be something to tell, so it may come twice, late or in any order.
/// </summary>
public sealed class NotifyHandler
{
    /// <summary>Name of the function's folder.</summary>
    public const string FunctionName = "Notify";

    /// <summary>Queue of <see cref="Notification"/> messages.</summary>
    public const string Queue = QueueWakeups.NotificationsQueue;

    private readonly IRepairApi _repair;
    private readonly IQueueSender _queue;
    private readonly ImmutableArray<IStorySender> _senders;
    private readonly NotifyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<NotifyHandler> _log;
    private readonly RetryBook _retries;
    private readonly SaidOnce _said = new();

    // Names this process among all tellers; the number behind it names the pass.
    private readonly string _teller = $"notify-{Guid.NewGuid():n}";
    private long _passes;

    public NotifyHandler(
        IRepairApi repair,
        IQueueSender queue,
        IEnumerable<IStorySender> senders,
        NotifyOptions options,
        TimeProvider time,
        ILogger<NotifyHandler> log)
    {
        _repair = repair;
        _queue = queue;
        _senders = [.. senders];
        _options = options;
        _time = time;
        _log = log;
        _retries = new RetryBook(time);
        if (_senders.IsEmpty)
            throw new ArgumentException("At least one sender is needed.", nameof(senders));
        NotifyLog.Configured(log, string.Join(", ", _senders.Select(sender => sender.Name)));
    }

    /// <summary>Tells what is untold, or queues a later try. Returns once the message may be deleted.</summary>
    /// <exception cref="FormatException">The message cannot be read, now or ever.</exception>
    public async Task HandleAsync(string message, CancellationToken cancellation = default)
    {
        // 1. One teller at a time.
        var notification = Notification.Parse(message);
        var claim = new TellingClaim(_repair, notification.Run, $"{_teller}/{Interlocked.Increment(ref _passes)}", _time, _log);
        ClaimTellingReply reply;
        try
        {
            reply = await claim.TakeAsync(cancellation);
            if (!reply.Granted)
            {
                await WaitForClaimAsync(notification, reply, cancellation);
                return;
            }
        }
        catch (HotpathUnavailableException away)
        {
            NotifyLog.EngineAway(_log, notification.Run, away);
            await _queue.SendAsync(Queue, message, Longer(away.RetryAfter, NotifyLimits.EngineDelay), cancellation);
            return;
        }

        // 2. Each sender tells what it has not told.
        var (waits, lost) = await TellAsync(claim, reply.Run, _retries.Waits(notification), cancellation);

        // 3. Whoever could not is tried again.
        if (lost)
            await SendAsync(notification.Run, waits, NotifyLimits.ClaimDelay, cancellation);
        else
            await ScheduleAsync(notification.Run, waits, cancellation);
    }

    private async Task<(ImmutableArray<SenderWait> Waits, bool Lost)> TellAsync(
        TellingClaim claim, Run run, ImmutableArray<SenderWait> before, CancellationToken cancellation)
    {
        var after = ImmutableArray.CreateBuilder<SenderWait>();
        var latest = Latest(run, _senders[0].Name);
        var lost = false;
        try
        {
            foreach (var sender in _senders)
            {
                var wait = before.FirstOrDefault(wait => wait.Sender == sender.Name);
                if (lost || wait?.Until > _retries.Now)
                {
                    if (wait is not null)
                        after.Add(wait);
                    continue;
                }

                var pass = new TellingPass(claim, sender, _said, _log);
                var result = await pass.RunAsync(StoryReader.Read(run, sender.Name, _options.PublicUri), cancellation);
                lost = pass.ClaimLost;
                if (pass.Progressed && !lost)
                    latest = (sender.Name, pass.Story.Reference, pass.Story.Told);
                if (Next(sender.Name, result, pass.Progressed ? 0 : wait?.Failures ?? 0) is { } next && !lost)
                    after.Add(next);
            }
        }
        finally
        {
            // A claim that is lost refuses its release, and no harm is done.
            await claim.ReleaseAsync(latest);
        }

        return (after.DrainToImmutable(), lost);
    }

    private async Task WaitForClaimAsync(Notification notification, ClaimTellingReply reply, CancellationToken cancellation)
    {
        if (reply.Run is null && (await _repair.GetRunAsync(new GetRunRequest { Id = notification.Run }, cancellation)).Run is null)
        {
            NotifyLog.UnknownRun(_log, notification.Run);
            return;
        }

        if (notification.Try >= NotifyLimits.ClaimTries)
        {
            NotifyLog.ClaimGivenUp(_log, notification.Run, notification.Try);
            return;
        }

        var again = notification with { Try = notification.Try + 1 };
        var delay = NotifyLimits.Backoff(NotifyLimits.ClaimDelay, NotifyLimits.ClaimDelayMax, again.Try);
        await _queue.SendAsync(Queue, again.Format(), delay, cancellation);
    }

    private async Task ScheduleAsync(string run, ImmutableArray<SenderWait> waits, CancellationToken cancellation)
    {
        if (waits.IsEmpty)
        {
            _retries.Forget(run);
            return;
        }

        var due = waits.Min(wait => wait.Until);
        if (!_retries.Note(run, waits, due))
            return;
        try
        {
            await SendAsync(run, waits, TimeSpan.FromMilliseconds(Math.Max(0, due - _retries.Now)), cancellation);
        }
        catch
        {
            _retries.Forget(run);
            throw;
        }
    }

    private Task SendAsync(string run, ImmutableArray<SenderWait> waits, TimeSpan delay, CancellationToken cancellation)
    {
        var due = _retries.Now + (long)delay.TotalMilliseconds;
        return _queue.SendAsync(Queue, new Notification(run, 0, RetryBook.Carried(waits, due)).Format(), delay, cancellation);
    }

    /// <summary>When the sender is tried again; null when it has told all.</summary>
    private SenderWait? Next(string sender, TellResult result, int failuresBefore)
    {
        var failures = failuresBefore + 1;
        TimeSpan? delay = result switch
        {
            TellResult.Later later => later.Delay ?? NotifyLimits.Backoff(NotifyLimits.OutageDelay, NotifyLimits.OutageDelayMax, failures),
            TellResult.Refused => NotifyLimits.Backoff(NotifyLimits.RefusalDelay, NotifyLimits.RefusalDelayMax, failures),
            _ => null,
        };
        return delay is { } wait ? new SenderWait(sender, failures, _retries.Now + (long)Math.Ceiling(wait.TotalMilliseconds)) : null;
    }

    private static (string Sender, string Reference, int Told) Latest(Run run, string sender)
    {
        var telling = run.Tellings.FirstOrDefault(telling => telling.Sender == sender);
        return (sender, telling?.Reference ?? "", telling?.Told ?? 0);
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
