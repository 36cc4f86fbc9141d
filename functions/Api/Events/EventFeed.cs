using Pipeline.Contracts;

namespace Pipeline.Functions.Api.Events;

/// <summary>One poller for all listeners: waits for a change, looks, and publishes what differs. Rests while nobody listens.</summary>
internal sealed partial class EventFeed(
    FeedReader reader, IClusterApi cluster, ListenerGate gate, EventFeedOptions options, TimeProvider time, IServiceProvider services,
    ILogger<EventFeed> logger) : BackgroundService
{
    // A look at a large cluster takes long; resting in proportion keeps the feed below a fifth of one core.
    private const int RestPerLook = 4;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // While the journal cannot commit, places are given and taken and the sequence stands still.
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private FeedState _current = FeedState.Nothing(services.GetService(typeof(Contracts.Cluster.ISimulation)) is not null);

    public FeedState Current => Volatile.Read(ref _current);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var listened = await gate.OpenedAsync(stoppingToken);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(listened, stoppingToken);
                await FollowAsync(both.Token);
            }
            catch (OperationCanceledException)
            {
                Publish(Current.Forgotten());
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var started = time.GetTimestamp();
                var picture = await reader.ReadAsync(Current.Picture, cancellation);
                var took = time.GetElapsedTime(started);
                Publish(Current.Next(picture, trouble: null));
                await Task.Delay(Max(options.Interval, took * RestPerLook), time, cancellation);
                await RestAsync(picture.Sequence, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                LogTrouble(e.Message);
                Publish(Current.Next(Current.Picture, "The engine does not answer: " + e.Message));
                await Task.Delay(e is HotpathUnavailableException busy ? busy.RetryAfter : RetryDelay, time, cancellation);
            }
        }
    }

    /// <summary>Returns when something has changed, or may have.</summary>
    private async Task RestAsync(long sequence, CancellationToken cancellation)
    {
        using var enough = new CancellationTokenSource(LongestRest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellation);
        try
        {
            await cluster.WaitForChangeAsync(sequence, either.Token);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
        }
    }

    private void Publish(FeedState? next)
    {
        if (next is null)
            return;
        var before = _current;
        Volatile.Write(ref _current, next);
        before.MarkReplaced();
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    [LoggerMessage(LogLevel.Warning, "The event feed could not read the cluster: {Problem}")]
    private partial void LogTrouble(string problem);
}
