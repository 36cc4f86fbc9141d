using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Finds a place for every pending workload of the cluster and binds it there. What fits nowhere waits, in order of arrival,
/// until something changes. The cluster is the record of what is pending, so nothing is lost when this forgets.
/// </summary>
public sealed class WorkloadBinder(ICluster cluster, EngineLoop loop, TimeProvider time, ILogger<WorkloadBinder> logger)
{
    // Many small changes share one pass over the pending workloads.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    // A workload that failed to bind for a reason of the cluster's own is tried again without a change in ours.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private const int Parallel = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, LinkedListNode<ClusterWorkload>> _pending = [];
    private readonly LinkedList<ClusterWorkload> _order = new();
    private readonly Dictionary<ulong, WorkloadBinding> _unsure = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly SemaphoreSlim _pass = new(1, 1);

    /// <summary>Workloads that wait for a place.</summary>
    public int Pending
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    public void Add(ClusterWorkload workload)
    {
        lock (_lock)
        {
            if (!_pending.ContainsKey(workload.Id))
                _pending.Add(workload.Id, _order.AddLast(workload));
        }

        Wake();
    }

    public void Remove(ulong workload)
    {
        lock (_lock)
        {
            _unsure.Remove(workload);
            if (_pending.Remove(workload, out var place))
                _order.Remove(place);
        }
    }

    /// <summary>Takes over what the cluster lists as pending.</summary>
    public void Replace(IEnumerable<ClusterWorkload> workloads)
    {
        lock (_lock)
        {
            _unsure.Clear();
            _pending.Clear();
            _order.Clear();
            foreach (var workload in workloads)
                _pending[workload.Id] = _order.AddLast(workload);
        }

        Wake();
    }

    /// <summary>Binds nothing while <paramref name="work"/> runs: a listing that is older than a bind would undo it in the model.</summary>
    public async Task WhileIdleAsync(Func<Task> work, CancellationToken cancellation)
    {
        await _pass.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            _pass.Release();
        }
    }

    /// <summary>Something changed that may make room.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(cancellation).ConfigureAwait(false);
                await WhileIdleAsync(() => PassAsync(cancellation), cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                ClusterLog.BindingFailed(logger, exception);
            }
        }
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        using var retry = new CancellationTokenSource(Retry, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(retry.Token, cancellation);
        try
        {
            await _wake.WaitAsync(either.Token).ConfigureAwait(false);
            await Task.Delay(Gather, time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }

    /// <summary>Tries every pending workload once, in order; equal shapes that fit nowhere are judged once.</summary>
    private async Task PassAsync(CancellationToken cancellation)
    {
        ClusterWorkload[] pending;
        lock (_lock)
            pending = [.. _order];
        var hopeless = new HashSet<(int, int, long, long, string)>();
        var binding = new List<Task>();
        try
        {
            foreach (var workload in pending)
            {
                if (UnsurePlaceOf(workload.Id) is { } place)
                {
                    binding.Add(FindAsync(workload, place, cancellation));
                    continue;
                }

                var shape = (workload.GpuCount, workload.GpuMilli, workload.CpuMilli, workload.MemoryMib, workload.Group);
                if (hopeless.Contains(shape))
                    continue;
                var reply = await PlaceAsync(workload).ConfigureAwait(false);
                if (reply.Outcome == Outcome.NoFit)
                    hopeless.Add(shape);
                if (reply.Node < 0)
                    continue;
                binding.Add(BindAsync(workload, reply, cancellation));
                if (binding.Count >= Parallel)
                {
                    await Task.WhenAll(binding).ConfigureAwait(false);
                    binding.Clear();
                }
            }
        }
        finally
        {
            // Also after an error: a bind that outlived its pass would meet the next one's.
            await Task.WhenAll(binding).ConfigureAwait(false);
        }
    }

    private async Task BindAsync(ClusterWorkload workload, Reply reply, CancellationToken cancellation)
    {
        var place = new WorkloadBinding(workload.Id, (string)reply.Detail!, reply.GpuMask);
        bool bound;
        try
        {
            bound = await cluster.BindAsync(place, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            ClusterLog.BindingFailed(logger, exception);
            lock (_lock)
                _unsure[workload.Id] = place;
            await FindAsync(workload, place, cancellation).ConfigureAwait(false);
            return;
        }

        await SettleAsync(workload, place, bound).ConfigureAwait(false);
    }

    /// <summary>
    /// A bind whose answer was lost may have taken effect. Until the cluster has said, the workload is placed nowhere else: its GPUs would
    /// count as free, and the cluster would refuse every other place for ever.
    /// </summary>
    private async Task FindAsync(ClusterWorkload workload, WorkloadBinding place, CancellationToken cancellation)
    {
        bool bound;
        try
        {
            var there = await cluster.ListWorkloadsAsync(place.Node, cancellation).ConfigureAwait(false);
            bound = there.Any(known => known.Id == place.Workload && known.GpuMask == place.GpuMask);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            ClusterLog.BindingFailed(logger, exception);
            return;
        }

        lock (_lock)
            _unsure.Remove(workload.Id);
        await SettleAsync(workload, place, bound).ConfigureAwait(false);
    }

    private async Task SettleAsync(ClusterWorkload workload, WorkloadBinding place, bool bound)
    {
        if (bound)
            await ConfirmAsync(workload, place).ConfigureAwait(false);
        else
            await loop.SubmitAsync(new ReleaseCommand { Workload = workload.Id }).ConfigureAwait(false);
    }

    private async Task ConfirmAsync(ClusterWorkload workload, WorkloadBinding place)
    {
        var confirmed = await loop.SubmitAsync(new ConfirmCommand { Workload = workload.Id }).ConfigureAwait(false);
        // The bind took longer than the assumption lasts, unless the workload itself has gone.
        if (confirmed.Outcome == Outcome.NotFound && IsPending(workload.Id))
        {
            await loop.SubmitAsync(ClusterDiff.BindOf(workload with { Node = place.Node, GpuMask = place.GpuMask })).ConfigureAwait(false);
            // Had it gone in between, its release would have come too early.
            if (!IsPending(workload.Id))
                await loop.SubmitAsync(new ReleaseCommand { Workload = workload.Id }).ConfigureAwait(false);
        }

        Remove(workload.Id);
    }

    private WorkloadBinding? UnsurePlaceOf(ulong workload)
    {
        lock (_lock)
            return _unsure.GetValueOrDefault(workload);
    }

    private bool IsPending(ulong workload)
    {
        lock (_lock)
            return _pending.ContainsKey(workload);
    }

    private ValueTask<Reply> PlaceAsync(ClusterWorkload workload)
    {
        var group = workload.Group.Length == 0 ? -1 : loop.Snapshot.Groups.IndexOf(workload.Group);
        // No node of the group was ever seen; -1 would mean any group.
        if (workload.Group.Length > 0 && group < 0)
            return ValueTask.FromResult(Reply.Of(Outcome.NoFit));
        return loop.SubmitAsync(new PlaceCommand
        {
            Workload = workload.Id,
            Name = workload.Name,
            GpuCount = workload.GpuCount,
            GpuMilli = workload.GpuMilli,
            CpuMilli = workload.CpuMilli,
            MemoryMib = workload.MemoryMib,
            Groups = GroupSet.OneOrAny(group),
        });
    }
}
