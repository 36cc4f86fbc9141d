using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Takes our own marks off whose run does not hold the node any more; foreign cordons are left alone. It does so beside the watch: a
/// cluster that refuses it, or does not answer, must not keep the model from following. What fails is tried again for as long as it holds.
/// </summary>
internal sealed class StaleMarks(ICluster cluster, EngineLoop loop, TimeProvider time, ILogger logger)
{
    private const int UnderWay = 16;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    // Run by node: as many as there are nodes at most.
    private readonly ConcurrentDictionary<string, string> _runs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();

    /// <summary>Looks at the mark that the cluster shows on the node.</summary>
    public void Note(ClusterNode node)
    {
        if (node.Mark.Length == 0 || Holds(loop.Snapshot, node.Name, node.Mark))
            return;
        _runs[node.Name] = node.Mark;
        lock (_lock)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = UnderWay, CancellationToken = cancellation };
        try
        {
            while (true)
            {
                await WaitAsync(cancellation).ConfigureAwait(false);
                await Parallel.ForEachAsync(_runs, options, async (mark, _) => await RemoveAsync(mark, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        using var retry = new CancellationTokenSource(_runs.IsEmpty ? Timeout.InfiniteTimeSpan : Retry, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(retry.Token, cancellation);
        try
        {
            await _wake.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task RemoveAsync(KeyValuePair<string, string> mark, CancellationToken cancellation)
    {
        var (node, run) = mark;
        // First of all: what is noted from here on may have come back after the cluster has taken it off, and is looked at again.
        _runs.TryRemove(mark);
        try
        {
            var snapshot = loop.Snapshot;
            if (!Holds(snapshot, node, run))
            {
                // What was decided but not committed is never acted upon, not even the end of a run.
                await loop.WaitForCommitAsync(snapshot.Sequence).ConfigureAwait(false);
                await cluster.UnmarkAsync(node, run, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // A newer one is kept.
            _runs.TryAdd(node, run);
            ClusterLog.MarkStays(logger, run, node, exception.Message);
        }
    }

    private static bool Holds(ClusterSnapshot snapshot, string node, string run)
        => snapshot.TryFindNode(node, out NodeView held) && held.QuarantinedBy != 0 && snapshot.Repair.RunByNumber(held.QuarantinedBy)?.Id == run;
}
