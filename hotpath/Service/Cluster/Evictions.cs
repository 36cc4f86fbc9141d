using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Reservations;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Asks the workloads to leave that the engine has told to, many at a time and on no worker of other effects: an API server may keep an
/// eviction waiting for seconds, which a taint behind it would wait as well. When they have left is said by the cluster's watch. What a
/// disruption budget forbids for now, or what failed, is asked again for an hour; after that, and after a restart, the next listing counts
/// the workload again. Who has its place back, or may keep it because the reservation was called off or has other nodes now, is not asked
/// any more.
/// </summary>
public sealed class Evictions(ICluster cluster, EngineLoop loop, TimeProvider time, ILogger<Evictions> logger)
{
    /// <summary>Asked at a time. In kube-apiserver one that meets another write to its budget sleeps half a second, so few would leave it idle.</summary>
    public const int MaxParallel = 64;

    private const int MaxWaiting = 65_536;
    private const int MaxTries = 720;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Pace _said = new(time, Retry);

    // Each is in one of the queues or being asked for, so they hold no more than these.
    private readonly ConcurrentDictionary<ulong, Asked> _asked = new();
    private readonly Channel<ulong> _due = Channel.CreateUnbounded<ulong>();
    private readonly ConcurrentQueue<ulong> _again = new();

    /// <summary>Evictions that have not been accepted yet.</summary>
    public int Waiting => _asked.Count;

    public void Handle(Effect.Evict evict)
    {
        ClusterLog.Evicting(logger, evict.Name, evict.NodeName, evict.Reason, evict.ForName, evict.Actor);
        var asked = new Asked(0, Leaves: false, evict.Reason == EvictionReason.ReservationStarts ? evict.For : 0, evict.Node);
        if (_asked.Count < MaxWaiting && _asked.TryAdd(evict.Workload, asked))
            _due.Writer.TryWrite(evict.Workload);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var repeating = RepeatAsync(cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellation };
        try
        {
            await Parallel.ForEachAsync(_due.Reader.ReadAllAsync(cancellation), options, (workload, _) => AskAsync(workload, cancellation)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }

        await repeating.ConfigureAwait(false);
    }

    private async ValueTask AskAsync(ulong workload, CancellationToken cancellation)
    {
        var (asked, snapshot) = (_asked[workload], loop.Snapshot);
        var leaves = snapshot.IsDeparting(workload);
        var mayStay = !leaves && (asked.Leaves || (asked.Reservation != 0 && !NeedsNode(snapshot.Reservations, asked)));
        if (mayStay || await TryAsync(workload, cancellation).ConfigureAwait(false) || asked.Tries + 1 >= MaxTries)
        {
            _asked.TryRemove(workload, out _);
            return;
        }

        _asked[workload] = asked with { Tries = asked.Tries + 1, Leaves = leaves };
        _again.Enqueue(workload);
    }

    private async Task RepeatAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(Retry, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            for (var left = _again.Count; left > 0 && _again.TryDequeue(out var workload); left--)
                _due.Writer.TryWrite(workload);
        }
    }

    /// <returns>True when nothing is left to do here.</returns>
    private async Task<bool> TryAsync(ulong workload, CancellationToken cancellation)
    {
        try
        {
            var outcome = await cluster.EvictAsync(workload, cancellation).ConfigureAwait(false);
            if (outcome == EvictionOutcome.Gone)
                await loop.SubmitAsync(new ReleaseCommand { Workload = workload }).ConfigureAwait(false);
            return outcome != EvictionOutcome.Blocked;
        }
        catch (Exception exception)
        {
            if (!cancellation.IsCancellationRequested && _said.IsDue())
                ClusterLog.EvictionFailed(logger, workload, exception);
            return false;
        }
    }

    private static bool NeedsNode(ReservationBook book, Asked asked)
        => book.Live.TryGetValue(asked.Reservation, out var reservation) && reservation.Nodes.AsSpan().BinarySearch(asked.Node) >= 0;

    /// <param name="Leaves">Its place was given away when it was last asked.</param>
    /// <param name="Reservation">That for which it goes; 0: none.</param>
    private readonly record struct Asked(int Tries, bool Leaves, ulong Reservation, int Node);
}
