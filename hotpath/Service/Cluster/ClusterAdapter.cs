using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Keeps the model true to the cluster: a full listing with a diff at the start and after lost events, single changes in between.
/// </summary>
public sealed class ClusterAdapter(ICluster cluster, EngineLoop loop, WorkloadBinder binder, TimeProvider time, ILogger<ClusterAdapter> logger)
{
    // A cluster that cannot be watched now can rarely be watched a moment later.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    /// <summary>Lists the cluster and repairs the model: nothing counted twice, nothing leaked.</summary>
    public async Task SyncAsync(CancellationToken cancellation)
    {
        var listing = await cluster.ListAsync(cancellation).ConfigureAwait(false);
        await new ClusterDiff(loop, cluster).ApplyAsync(listing, cancellation).ConfigureAwait(false);
        binder.Replace(listing.Workloads.Where(workload => workload.Node.Length == 0));
        ClusterLog.Synced(logger, listing.Nodes.Count, listing.Workloads.Count);
    }

    /// <summary>Follows the cluster until <paramref name="cancellation"/> is signalled. Call <see cref="SyncAsync"/> first.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in cluster.WatchAsync(cancellation).ConfigureAwait(false))
                {
                    if (change is ClusterEvent.Resync)
                        await SyncAsync(cancellation).ConfigureAwait(false);
                    else
                        await ApplyAsync(change).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                ClusterLog.WatchFailed(logger, exception);
                await Task.Delay(RetryDelay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await TrySyncAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TrySyncAsync(CancellationToken cancellation)
    {
        try
        {
            await SyncAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            ClusterLog.WatchFailed(logger, exception);
        }
    }

    private async Task ApplyAsync(ClusterEvent change)
    {
        switch (change)
        {
            case ClusterEvent.NodeChanged { Node: var node }:
                await loop.SubmitAsync(ClusterDiff.UpsertOf(node)).ConfigureAwait(false);
                binder.Wake();
                break;
            case ClusterEvent.NodeDeleted { Name: var name }:
                await loop.SubmitAsync(new RemoveNodeCommand { Name = name }).ConfigureAwait(false);
                break;
            case ClusterEvent.WorkloadPending { Workload: var workload }:
                binder.Add(workload);
                break;
            case ClusterEvent.WorkloadDeleted { Id: var id }:
                binder.Remove(id);
                await loop.SubmitAsync(new ReleaseCommand { Workload = id }).ConfigureAwait(false);
                binder.Wake();
                break;
        }
    }
}
