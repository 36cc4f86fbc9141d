using System.Diagnostics.CodeAnalysis;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>One watcher's position in the cluster's events. For one thread at a time.</summary>
public sealed class ClusterWatch
{
    private readonly SimulatedCluster _cluster;
    private long _position;

    internal ClusterWatch(SimulatedCluster cluster, long position) => (_cluster, _position) = (cluster, position);

    /// <summary>
    /// The next event, if there is one now. After a <see cref="ClusterEvent.Resync"/> the events begin again where it was read, so a few
    /// may be older than the listing that follows it; each tells the whole node or workload, so applying them again does no harm.
    /// </summary>
    public bool TryRead([NotNullWhen(true)] out ClusterEvent? change)
    {
        var read = _cluster.TryRead(ref _position, out var next);
        change = read ? next : null;
        return read;
    }

    /// <summary>
    /// Completes when there is an event to read. What is due happens at a call or by the <see cref="SimulatedClusterPump"/>, not by waiting.
    /// </summary>
    public Task WaitAsync(CancellationToken cancellation) => _cluster.WaitBeyondAsync(_position).WaitAsync(cancellation);
}
