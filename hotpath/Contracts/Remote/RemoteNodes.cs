using Pipeline.Contracts.Client;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>
/// The nodes that the cluster adapter of another process reaches. Throws as <see cref="IRepairApi"/> does: when the other process is
/// away, nobody knows whether an action began, and its key tells.
/// </summary>
public sealed class RemoteNodes(GrpcChannel channel) : INodeActions, INodeWorkloads
{
    public async Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation)
    {
        var request = new StartActionRequest { Key = action.Key, Node = action.Node, Kind = action.Kind.ToMessage(), GpuMask = action.GpuMask };
        return (await channel.AskAsync(NodeMethods.StartAction, request, cancellation).ConfigureAwait(false)).ToStatus();
    }

    public async Task<ActionStatus> GetAsync(string key, CancellationToken cancellation)
        => (await channel.AskAsync(NodeMethods.GetAction, new GetActionRequest { Key = key }, cancellation).ConfigureAwait(false)).ToStatus();

    public async Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation)
    {
        var reply = await channel.AskAsync(NodeMethods.CheckHealth, new CheckHealthRequest { Node = node }, cancellation).ConfigureAwait(false);
        return new HealthReport(reply.Healthy, reply.Problems) { IsComingUp = reply.ComingUp };
    }

    public async Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation)
    {
        var reply = await channel.AskAsync(NodeMethods.ListWorkloads, new ListNodeWorkloadsRequest { Node = node }, cancellation).ConfigureAwait(false);
        return [.. reply.Workloads.Select(workload => workload.ToWorkload())];
    }

    public async Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation)
        => (await channel.AskAsync(NodeMethods.Evict, new EvictRequest { Workload = workload }, cancellation).ConfigureAwait(false)).Outcome.ToOutcome();
}
