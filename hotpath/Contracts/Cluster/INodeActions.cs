namespace Pipeline.Contracts.Cluster;

/// <summary>
/// Acts on a node's hardware and software. Actions are started under a key and asked about by that key, so that an
/// executor that died can be followed by another one that finds out instead of acting again. What the cluster does not allow now,
/// or does not answer, is a <see cref="HotpathUnavailableException"/>: it may have happened.
/// </summary>
public interface INodeActions
{
    /// <summary>Starts an action. A key that is known is not started again; its status is answered. What was refused for good has failed, and its key is not known.</summary>
    Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation);

    /// <summary>Asks about an action that may have been started.</summary>
    Task<ActionStatus> GetAsync(string key, CancellationToken cancellation);

    /// <summary>
    /// Examines the node: reachable, driver answers, every GPU on the bus and sane, PCIe width, InfiniBand ports active, temperature.
    /// </summary>
    Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation);
}

public enum NodeActionKind
{
    DriverReset,
    GpuReset,
    Reboot,
    PowerCycle,
}

/// <param name="Key">Unique per attempt: <c>run/attempt</c>.</param>
/// <param name="GpuMask">GPUs to reset; 0 means all. Only for <see cref="NodeActionKind.GpuReset"/>.</param>
public sealed record NodeAction(string Key, string Node, NodeActionKind Kind, uint GpuMask);

public enum ActionState
{
    /// <summary>No action was ever started under this key, as far as the node knows.</summary>
    Unknown,
    Running,
    Succeeded,
    Failed,
}

/// <param name="CheckAfter">For a running action: when it is worth asking again.</param>
public sealed record ActionStatus(ActionState State, TimeSpan CheckAfter, string Detail);

/// <param name="Problems">What is wrong, for people; empty when healthy.</param>
public sealed record HealthReport(bool Healthy, IReadOnlyList<string> Problems)
{
    /// <summary>The node is back for a short while only, or not yet: what is wrong may be that something has not started. Default false.</summary>
    public bool IsComingUp { get; init; }
}
