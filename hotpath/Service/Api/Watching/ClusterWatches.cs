using System.Diagnostics.Metrics;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Watching;

/// <summary>
/// <c>pipeline.v1.Cluster/Watch</c>. A watcher compares the newest snapshot with the one it sent last, at its own pace, so the decision loop
/// never waits for one however slow it is. It costs a turn of the loop to publish a snapshot, which all watchers share, at most once in
/// <see cref="Pace"/> for each of them.
/// </summary>
internal sealed class ClusterWatches : IDisposable
{
    // Under load something changes all the time; a snapshot of each change, or its announcement, would take a core that the loop needs.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    // While the journal cannot commit, places are given and taken and the sequence stands still.
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private readonly EngineLoop _loop;
    private readonly TimeProvider _time;
    private readonly HeldSnapshots _held = new();
    private readonly Meter _meter = new("Pipeline.Watch");
    private readonly Counter<long> _resyncs;
    private int _watchers;

    public ClusterWatches(EngineLoop loop, TimeProvider time)
    {
        (_loop, _time) = (loop, time);
        _meter.CreateObservableGauge("pipeline_cluster_watchers", () => Volatile.Read(ref _watchers), description: "Callers that watch the cluster.");
        _resyncs = _meter.CreateCounter<long>("pipeline_cluster_watch_resyncs_total", description: "Full states sent to watchers.");
    }

    /// <summary>Goes on until it is cancelled.</summary>
    /// <param name="send">Takes a reply; while it waits, changes are gathered.</param>
    /// <param name="maxWatchers">How many may watch or follow at once.</param>
    /// <exception cref="HotpathUnavailableException">There are too many.</exception>
    /// <exception cref="RequestRefusedException">The sequence is negative.</exception>
    public Task WatchAsync(WatchRequest request, Func<WatchReply, ValueTask> send, int maxWatchers, CancellationToken cancellation)
    {
        if (request.AfterSequence < 0)
            throw RequestRefusedException.InvalidArgument("after_sequence", "must not be negative");
        return CountedAsync(maxWatchers, async () =>
        {
            var known = _held.Find(request.AfterSequence) ?? await ResyncAsync(send).ConfigureAwait(false);
            while (true)
            {
                await RestAsync(known.Sequence, cancellation).ConfigureAwait(false);
                known = await AdvanceAsync(known, send).ConfigureAwait(false);
                await Task.Delay(Pace, _time, cancellation).ConfigureAwait(false);
            }
        });
    }

    /// <summary><c>WatchSequence</c>: that something has changed, and no more. Goes on until it is cancelled.</summary>
    /// <param name="send">Takes a reply; while it waits, many changes come to share one.</param>
    /// <param name="maxWatchers">How many may watch or follow at once.</param>
    /// <exception cref="HotpathUnavailableException">There are too many.</exception>
    public Task FollowAsync(WatchSequenceRequest request, Func<WatchSequenceReply, ValueTask> send, int maxWatchers, CancellationToken cancellation)
        => CountedAsync(maxWatchers, async () =>
        {
            for (var known = request.AfterSequence; ;)
            {
                known = await _loop.WaitForChangeAsync(known, cancellation).ConfigureAwait(false);
                await send(new WatchSequenceReply { Sequence = known }).ConfigureAwait(false);
                await Task.Delay(Pace, _time, cancellation).ConfigureAwait(false);
            }
        });

    public void Dispose() => _meter.Dispose();

    private async Task CountedAsync(int maxWatchers, Func<Task> watch)
    {
        try
        {
            if (Interlocked.Increment(ref _watchers) > maxWatchers)
                throw new HotpathUnavailableException($"There are {maxWatchers} watchers already.", TimeSpan.FromSeconds(1)) { QueueFull = true };
            await watch().ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }
    }

    /// <summary>Returns when something has changed, or may have.</summary>
    private async Task RestAsync(long sequence, CancellationToken cancellation)
    {
        using var enough = new CancellationTokenSource(LongestRest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellation);
        try
        {
            await _loop.WaitForChangeAsync(sequence, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task<ClusterSnapshot> AdvanceAsync(ClusterSnapshot known, Func<WatchReply, ValueTask> send)
    {
        var newest = _loop.Snapshot;
        var changes = newest.NodesChangedSince(known);
        if (WatchReplies.IsHopeless(newest, changes))
            return await ResyncAsync(send).ConfigureAwait(false);
        if (changes.IsEmpty)
            return newest;
        foreach (var reply in WatchReplies.Changes(newest, changes))
            await send(reply).ConfigureAwait(false);
        _held.Add(newest);
        return newest;
    }

    private async Task<ClusterSnapshot> ResyncAsync(Func<WatchReply, ValueTask> send)
    {
        var newest = _loop.Snapshot;
        _resyncs.Add(1);
        foreach (var reply in WatchReplies.Everything(newest))
            await send(reply).ConfigureAwait(false);
        _held.Add(newest);
        return newest;
    }
}
