using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>Keeps the model true to the cluster, as the product's adapter does: a listing at the start, then what the watch tells, late.</summary>
internal sealed class ClusterFollower(SimulatedWorld world, HotpathProcess hotpath, WorkloadPlayer workloads)
{
    // Milliseconds.
    private const long RegroupPeriod = 300_000;

    private ClusterWatch? _watch;

    /// <summary>Lists the cluster and repairs the model, then follows.</summary>
    public void Start()
    {
        Sync();
        _watch = world.Cluster.OpenWatch();
        world.Schedule.InProcess(world.Chaos.WatchPeriod, Follow);
        world.Schedule.InProcess(RegroupPeriod, Regroup);
    }

    // As the adapter does: a node gets its group when it is told again.
    private void Regroup()
    {
        if (GroupMetrics.Ungrouped(hotpath.Snapshot) > 0)
        {
            Sync();
            workloads.Wake();
        }

        world.Schedule.InProcess(RegroupPeriod, Regroup);
    }

    private void Sync() => workloads.WhileIdle(SyncNow);

    private void SyncNow()
    {
        var before = hotpath.Snapshot;
        var listing = Synchronously.Run(world.Cluster.ListAsync(default));
        foreach (var node in listing.Nodes.Where(node => !world.IsHidden(node.Name)))
            hotpath.Submit(ClusterDiff.UpsertOf(world.Labels.Of(node)));
        hotpath.Submit(ClusterDiff.TopologyOf(listing.Domains));
        var listed = listing.Workloads.ToDictionary(workload => workload.Id, workload => workload.Node);
        foreach (var gone in before.Workloads().Where(IsGone).ToList())
            hotpath.Submit(new ReleaseCommand { Workload = gone.Id });
        foreach (var left in before.Departing.Where(id => listed.GetValueOrDefault(id) is not { Length: > 0 }).ToList())
            hotpath.Submit(new ReleaseCommand { Workload = left });
        foreach (var bound in listing.Workloads.Where(workload => workload.Node.Length > 0))
            hotpath.Submit(WorkloadCommands.BindOf(hotpath.Snapshot, bound));
        foreach (var node in listing.Nodes.Where(node => node.CordonOwner.Length > 0 && node.CordonOwner != "person" && !Holds(node)).ToList())
        {
            hotpath.Commit();
            Synchronously.Run(world.Cluster.UnmarkAsync(node.Name, node.CordonOwner, default));
        }

        workloads.Replace(listing.Workloads);

        bool IsGone(WorkloadView placed) => !listed.TryGetValue(placed.Id, out var node) ? !placed.Assumed
            : node.Length > 0 ? !before.TryGetNode(placed.Node, out var holder) || holder.Name != node
            : !placed.Assumed && !workloads.IsHeld(placed.Id);

        bool Holds(ClusterNode node) => hotpath.Snapshot.TryFindNode(node.Name, out var held) && held.QuarantinedBy != 0
            && hotpath.State.Repair.RunByNumber(held.QuarantinedBy)?.Id == node.CordonOwner;
    }

    private void Follow()
    {
        var changed = false;
        while (_watch!.TryRead(out var change))
        {
            changed = true;
            Apply(change);
        }

        if (changed)
            workloads.Wake();
        world.Schedule.InProcess(world.Chance.Between(1, world.WatchPeriod), Follow);
    }

    private void Apply(ClusterEvent change)
    {
        switch (change)
        {
            case ClusterEvent.Resync:
                Sync();
                break;
            case ClusterEvent.NodeChanged { Node: var node } when !world.IsHidden(node.Name):
                hotpath.Submit(ClusterDiff.UpsertOf(world.Labels.Of(node)));
                break;
            case ClusterEvent.WorkloadPending { Workload: var workload }:
                workloads.Add(workload);
                break;
            case ClusterEvent.WorkloadDeleted { Id: var id }:
                workloads.Remove(id);
                hotpath.Submit(new ReleaseCommand { Workload = id });
                break;
        }
    }
}
