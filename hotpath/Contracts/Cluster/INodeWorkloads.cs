namespace Pipeline.Contracts.Cluster;

/// <summary>What a drain needs of the cluster. Both calls may be repeated, also after a <see cref="HotpathUnavailableException"/>.</summary>
public interface INodeWorkloads
{
    /// <summary>Workloads that are on the node now.</summary>
    Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation);

    /// <summary>Asks a workload to leave its node. It leaves when it has stopped, which the watch tells.</summary>
    Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation);
}

/// <summary>What answered an eviction.</summary>
public enum EvictionOutcome
{
    Accepted,

    /// <summary>No such workload (any more).</summary>
    Gone,

    /// <summary>A disruption budget forbids it now; ask again later.</summary>
    Blocked,
}
