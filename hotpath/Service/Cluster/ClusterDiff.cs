using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster;

/// <summary>What it takes to make the model say what the cluster says.</summary>
internal sealed class ClusterDiff(EngineLoop loop, ICluster cluster)
{
    // Keeps the loop's queue busy without filling it.
    private const int InFlight = 256;

    private readonly Queue<ValueTask<Reply>> _inFlight = new();

    public async Task ApplyAsync(ClusterListing listing, CancellationToken cancellation)
    {
        var before = loop.Snapshot;
        foreach (var node in listing.Nodes)
            await SubmitAsync(UpsertOf(node)).ConfigureAwait(false);
        var nodes = listing.Nodes.Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in before.Nodes().Where(node => !nodes.Contains(node.Name)))
            await SubmitAsync(new RemoveNodeCommand { Name = gone.Name }).ConfigureAwait(false);

        // Releases go first, so that what the cluster has moved fits where it is now.
        var workloads = listing.Workloads.ToDictionary(workload => workload.Id);
        foreach (var gone in before.Workloads().Where(placed => !workloads.TryGetValue(placed.Id, out var listed) || !IsOn(before, placed, listed.Node)))
            await SubmitAsync(new ReleaseCommand { Workload = gone.Id }).ConfigureAwait(false);
        foreach (var bound in listing.Workloads.Where(workload => workload.Node.Length > 0))
            await SubmitAsync(BindOf(bound)).ConfigureAwait(false);
        while (_inFlight.TryDequeue(out var reply))
            await reply.ConfigureAwait(false);
        await RemoveStaleMarksAsync(listing, cancellation).ConfigureAwait(false);
    }

    public static UpsertNodeCommand UpsertOf(ClusterNode node) => new()
    {
        Name = node.Name,
        GpuCount = node.GpuCount,
        CpuMilli = node.CpuMilli,
        MemoryMib = node.MemoryMib,
        Group = node.Group,
        TopologyLeaf = node.TopologyLeaf,
        Reachable = node.Reachable,
        ForeignCordon = node.CordonOwner == ForeignOwner,
    };

    private const string ForeignOwner = "person";

    private static BindCommand BindOf(ClusterWorkload workload) => new()
    {
        Workload = workload.Id,
        Name = workload.Name,
        Node = workload.Node,
        GpuMask = workload.GpuMask,
        GpuMilli = workload.GpuMilli,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
    };

    private static bool IsOn(ClusterSnapshot snapshot, WorkloadView placed, string node)
        => snapshot.TryGetNode(placed.Node, out var holder) && holder.Name == node;

    private async ValueTask SubmitAsync(Command command)
    {
        if (_inFlight.Count >= InFlight)
            await _inFlight.Dequeue().ConfigureAwait(false);
        _inFlight.Enqueue(loop.SubmitAsync(command));
    }

    /// <summary>Our own marks that no run stands behind any more; foreign cordons are left alone.</summary>
    private async Task RemoveStaleMarksAsync(ClusterListing listing, CancellationToken cancellation)
    {
        var snapshot = loop.Snapshot;
        foreach (var node in listing.Nodes.Where(node => node.CordonOwner.Length > 0 && node.CordonOwner != ForeignOwner))
        {
            if (!Holds(snapshot, node))
                await cluster.UnmarkAsync(node.Name, node.CordonOwner, cancellation).ConfigureAwait(false);
        }
    }

    private static bool Holds(ClusterSnapshot snapshot, ClusterNode node)
        => snapshot.TryFindNode(node.Name, out var held) && held.QuarantinedBy != 0;
}
