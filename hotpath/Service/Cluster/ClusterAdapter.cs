using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Keeps the model true to the cluster: a full listing with a diff at the start, after lost events, when the policy has other projects or
/// machine profiles and now and then while nodes lack their machine group, single changes in between.
/// </summary>
public sealed class ClusterAdapter(
    ICluster cluster, EngineLoop loop, WorkloadBinder binder, RunResumption resumption, TimeProvider time, ILogger<ClusterAdapter> logger)
{
    // A cluster that cannot be watched now can rarely be watched a moment later.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    // A machine group that nobody uses any more is forgotten some ten minutes after somebody needs its index.
    private static readonly TimeSpan RegroupPeriod = TimeSpan.FromMinutes(5);

    private readonly StaleMarks _marks = new(cluster, loop, time, logger);
    private readonly Lock _lock = new();
    private CancellationTokenSource? _watching;

    /// <summary>Lists the cluster and repairs the model: nothing counted twice, nothing leaked.</summary>
    public Task SyncAsync(CancellationToken cancellation) => binder.WhileIdleAsync(
        async () =>
        {
            await resumption.ReadAsync(cancellation).ConfigureAwait(false);
            // Before the listing: what the model learnt after it is newer than what the cluster says.
            var known = loop.Snapshot;
            var listing = await cluster.ListAsync(cancellation).ConfigureAwait(false);
            var told = await new ClusterDiff(loop, resumption, logger).ApplyAsync(known, listing, binder.Book.IsHeld, cancellation).ConfigureAwait(false);
            binder.Replace(listing.Workloads, told);
            foreach (var node in listing.Nodes)
                _marks.Note(node);
            ClusterLog.Synced(logger, listing.Nodes.Count, listing.Workloads.Count);
        },
        cancellation);

    /// <summary>Follows the cluster until <paramref name="cancellation"/> is signalled. Call <see cref="SyncAsync"/> first.</summary>
    public Task RunAsync(CancellationToken cancellation) => Task.WhenAll(FollowAsync(cancellation), _marks.RunAsync(cancellation), RegroupAsync(cancellation));

    private async Task FollowAsync(CancellationToken cancellation)
    {
        var synced = true;
        binder.NamesChanged = ListAgain;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                if (!synced)
                    await SyncAsync(cancellation).ConfigureAwait(false);
                synced = false;
                if (await WatchAsync(cancellation).ConfigureAwait(false))
                    continue;
                cancellation.ThrowIfCancellationRequested();
                throw new IOException("The watch ended.");
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                ClusterLog.WatchFailed(logger, exception);
                await Task.Delay(RetryDelay, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>True when it was ended to list again.</returns>
    private async Task<bool> WatchAsync(CancellationToken cancellation)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Watching(watching);
        try
        {
            await foreach (var change in cluster.WatchAsync(watching.Token).ConfigureAwait(false))
            {
                if (change is ClusterEvent.Resync)
                    await SyncAsync(cancellation).ConfigureAwait(false);
                else
                    await ApplyAsync(change).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (watching.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            Watching(null);
        }

        return watching.IsCancellationRequested && !cancellation.IsCancellationRequested;
    }

    private void Watching(CancellationTokenSource? watching)
    {
        lock (_lock)
            _watching = watching;
    }

    /// <summary>The policy has projects or machine profiles that it did not: what runs counts for them only when it is told anew. Or a node lacks its group.</summary>
    private void ListAgain()
    {
        lock (_lock)
            _watching?.Cancel();
    }

    /// <summary>Nodes for whose machine group there was no index get it only when they are told again.</summary>
    private async Task RegroupAsync(CancellationToken cancellation)
    {
        try
        {
            using var timer = new PeriodicTimer(RegroupPeriod, time);
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            {
                if (GroupMetrics.Ungrouped(loop.Snapshot) > 0)
                    ListAgain();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task ApplyAsync(ClusterEvent change)
    {
        switch (change)
        {
            case ClusterEvent.NodeChanged { Node: var node }:
                ClusterDiff.Report(logger, node.Name, await loop.SubmitAsync(ClusterDiff.UpsertOf(node)).ConfigureAwait(false));
                if (ClusterDiff.OnMark(node) is { } onMark)
                    await loop.SubmitAsync(onMark).ConfigureAwait(false);
                // What others have written back of a mark. That of a run which nobody knows is taken over at the next listing.
                if (loop.Snapshot.Repair.RunById(node.Mark) is { Ended: true })
                    _marks.Note(node);
                binder.Wake();
                break;
            case ClusterEvent.NodeDeleted { Name: var name }:
                await loop.SubmitAsync(new RemoveNodeCommand { Name = name }).ConfigureAwait(false);
                break;
            case ClusterEvent.WorkloadPending { Workload: var workload }:
                binder.Add(workload);
                break;
            case ClusterEvent.WorkloadBound { Workload: var workload }:
                binder.Bound(workload);
                ClusterDiff.Report(logger, workload.Name, await loop.SubmitAsync(WorkloadCommands.BindOf(loop.Snapshot, workload)).ConfigureAwait(false));
                if (workload.Labels.CheckpointAge is not null)
                    await loop.SubmitAsync(ClusterDiff.CheckpointOf(workload)).ConfigureAwait(false);
                break;
            case ClusterEvent.WorkloadPrepared { Id: var id }:
                binder.Prepared(id);
                break;
            case ClusterEvent.BudgetChanged { Budget: var budget }:
                ClusterDiff.Report(logger, budget.Name, await loop.SubmitAsync(ClusterDiff.BudgetOf(budget)).ConfigureAwait(false));
                binder.Wake();
                break;
            case ClusterEvent.BudgetDeleted { Name: var name }:
                await loop.SubmitAsync(new RemoveBudgetCommand { Name = name }).ConfigureAwait(false);
                break;
            case ClusterEvent.DomainsChanged { Domains: var domains }:
                ClusterDiff.Report(logger, "the network", await loop.SubmitAsync(ClusterDiff.TopologyOf(domains)).ConfigureAwait(false));
                binder.Wake();
                break;
            case ClusterEvent.WorkloadDeleted { Id: var id }:
                binder.Remove(id);
                await loop.SubmitAsync(new ReleaseCommand { Workload = id }).ConfigureAwait(false);
                binder.Wake();
                break;
        }
    }
}
