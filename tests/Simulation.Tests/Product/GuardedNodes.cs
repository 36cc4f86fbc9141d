using Pipeline.Contracts.Cluster;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>A call to a node or to the cluster that was lost, before or after it took effect.</summary>
internal sealed class NodeAwayException() : IOException("The node's controller did not answer.");

/// <summary>The cluster as executors reach it: every call may be lost or be the process's last, and no action passes unjudged.</summary>
internal sealed class GuardedNodes(SimulatedWorld world) : INodeActions, ICluster
{
    public Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation) => Call(() =>
    {
        world.Invariants.BeforeAction(world.Hotpath!, action);
        world.Trace.Add("action", action.Key, action.Node, action.Kind);
        return world.Cluster.StartAsync(action, cancellation);
    });

    public Task<ActionStatus> GetAsync(string key, CancellationToken cancellation) => Call(() => world.Cluster.GetAsync(key, cancellation));

    public Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation) => Call(() => world.Cluster.CheckHealthAsync(node, cancellation));

    public Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation)
        => Call(() => world.Sabotage == Sabotage.DrainsFindNobody
            ? Task.FromResult<IReadOnlyList<ClusterWorkload>>([])
            : world.Cluster.ListWorkloadsAsync(node, cancellation));

    public Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation) => Call(() => world.Cluster.EvictAsync(workload, cancellation));

    public Task<ClusterListing> ListAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public IAsyncEnumerable<ClusterEvent> WatchAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task MarkAsync(NodeMark mark, CancellationToken cancellation) => throw new NotSupportedException();

    public Task UnmarkAsync(string node, string run, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> NominateAsync(ulong workload, string node, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation) => throw new NotSupportedException();

    private Task<T> Call<T>(Func<Task<T>> call)
    {
        world.MayDie("before a call to a node");
        if (world.Chance.Hits(world.Chaos.NodeCallFails))
            return Task.FromException<T>(new NodeAwayException());
        var answer = call();
        world.MayDie("after a call to a node");
        return world.Chance.Hits(world.Chaos.NodeCallFails) ? Task.FromException<T>(new NodeAwayException()) : answer;
    }
}
