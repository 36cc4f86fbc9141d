using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Takes our own marks off nodes that their run does not hold any more; foreign cordons are left alone. A cluster that refuses it keeps
/// nothing else from going on: it is tried again.
/// </summary>
internal sealed class StaleMarks(ICluster cluster, EngineLoop loop, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    // By node: as many as there are nodes at most.
    private readonly ConcurrentDictionary<string, ClusterNode> _left = new(StringComparer.Ordinal);

    public async Task RemoveAsync(IReadOnlyList<ClusterNode> nodes, CancellationToken cancellation)
    {
        var snapshot = loop.Snapshot;
        var stale = nodes.Where(node => node.Mark.Length > 0 && !Holds(snapshot, node)).ToList();
        if (stale.Count == 0)
            return;
        // What was decided but not committed is never acted upon, not even the end of a run.
        await loop.WaitForCommitAsync(snapshot.Sequence).ConfigureAwait(false);
        foreach (var node in stale)
            await TryAsync(node, cancellation).ConfigureAwait(false);
    }

    /// <summary>Tries again what was refused, until <paramref name="cancellation"/> is signalled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(Retry, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var node in _left.Values.ToList())
            {
                if (cancellation.IsCancellationRequested)
                    return;
                _left.TryRemove(node.Name, out _);
                await RemoveAsync([node], cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TryAsync(ClusterNode node, CancellationToken cancellation)
    {
        try
        {
            await cluster.UnmarkAsync(node.Name, node.Mark, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            _left[node.Name] = node;
            ClusterLog.MarkStays(logger, node.Mark, node.Name, exception.Message);
        }
    }

    private static bool Holds(ClusterSnapshot snapshot, ClusterNode node)
        => snapshot.TryFindNode(node.Name, out var held) && held.QuarantinedBy != 0
            && snapshot.Repair.RunByNumber(held.QuarantinedBy)?.Id == node.Mark;
}
