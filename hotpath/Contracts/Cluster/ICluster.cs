namespace Pipeline.Contracts.Cluster;

/// <summary>
/// The cluster that the product drives: the simulated one, or Kubernetes. Every call is idempotent: saying the same
/// thing twice changes nothing the second time. What the cluster does not allow now, or does not answer, is a
/// <see cref="HotpathUnavailableException"/>: it may have happened, or may happen later, unless it was <see cref="HotpathUnavailableException.Refused"/>.
/// </summary>
public interface ICluster : INodeWorkloads
{
    /// <summary>Everything the cluster holds now; the model is repaired from it after a start or a lost watch.</summary>
    Task<ClusterListing> ListAsync(CancellationToken cancellation);

    /// <summary>Changes since the last <see cref="ListAsync"/>, in order. Ends when <paramref name="cancellation"/> is signalled.</summary>
    IAsyncEnumerable<ClusterEvent> WatchAsync(CancellationToken cancellation);

    /// <summary>Taints and cordons the node in the name of a run, and writes the run's state on it. Foreign cordons stay as they are.</summary>
    Task MarkAsync(NodeMark mark, CancellationToken cancellation);

    /// <summary>Removes what <paramref name="run"/> put on the node, and nothing else.</summary>
    Task UnmarkAsync(string node, string run, CancellationToken cancellation);

    /// <summary>Shows on a pending workload which node it gets when others have left it. From the call on it counts there for those whose place depends on it.</summary>
    /// <returns>False: by now it may not be there.</returns>
    Task<bool> NominateAsync(ulong workload, string node, CancellationToken cancellation);

    /// <summary>
    /// Pending workloads that start together or not at all are about to be nominated or prepared. From the call on all of them count there for
    /// those whose place depends on them, or none does. The default: none depends on another.
    /// </summary>
    /// <returns>False: by now one of them may not be there.</returns>
    bool Claim(IReadOnlyList<WorkloadBinding> places) => true;

    /// <summary>A pending workload has the place no longer that it was nominated or prepared for. The default does nothing.</summary>
    void Unplaced(ulong workload)
    {
    }

    /// <summary>
    /// Has what a placed workload needs beside GPUs, CPU and memory, such as its volumes, brought to its node, and says how far it is. It is asked
    /// again now and then, and when <see cref="ClusterEvent.WorkloadPrepared"/> says so. The default: nothing is needed.
    /// </summary>
    Task<Readiness> PrepareAsync(WorkloadBinding binding, CancellationToken cancellation) => Task.FromResult(Readiness.Ready);

    /// <summary>Binds a placed workload to its node and GPUs.</summary>
    /// <returns>True: it is there. False: it is elsewhere, ends or is gone, and will not come there.</returns>
    Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation);

    /// <summary>What the cluster itself calls a workload; null (the default): it has no other name, or is not known.</summary>
    string? UidOf(ulong workload) => null;

    /// <summary>Has another scheduler look again at a pending workload that it has put aside. The default does nothing.</summary>
    Task NudgeAsync(ulong workload, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Lets those who wait for a pending workload see why it has no node. The default tells nobody.</summary>
    Task ExplainAsync(ulong workload, string reason, CancellationToken cancellation) => Task.CompletedTask;
}

public sealed record ClusterListing(IReadOnlyList<ClusterNode> Nodes, IReadOnlyList<ClusterWorkload> Workloads)
{
    /// <summary>The network, in any order; empty (the default): nothing is known of it.</summary>
    public IReadOnlyList<ClusterDomain> Domains { get; init; } = [];

    /// <summary>The disruption budgets that workloads name.</summary>
    public IReadOnlyList<ClusterBudget> Budgets { get; init; } = [];
}

/// <summary>How many of the workloads that name it may be disrupted now.</summary>
/// <param name="Name"><c>namespace/name</c>.</param>
public sealed record ClusterBudget(string Name, int Allowed);

/// <summary>A network domain: a leaf switch with the nodes under it, or what connects others.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Tier">0 for a leaf switch; smaller means a faster network.</param>
/// <param name="Nodes">Names of the nodes directly under it.</param>
/// <param name="Domains">Names of the domains under it, all of lower tiers.</param>
public sealed record ClusterDomain(string Name, int Tier, IReadOnlyList<string> Nodes, IReadOnlyList<string> Domains);

/// <param name="CordonOwner">Run id of our own mark, <c>person</c> for a foreign cordon, empty when schedulable.</param>
public sealed record ClusterNode(
    string Name, int GpuCount, long CpuMilli, long MemoryMib, string Group, int TopologyLeaf, bool Reachable, string CordonOwner)
{
    /// <summary>Owner of a cordon that is not ours.</summary>
    public const string Person = "person";

    /// <summary>Size of job that the node is for. Default any.</summary>
    public NodeZone Zone { get; init; }

    /// <summary>When the cluster was given it, Unix milliseconds; 0 (the default): nobody says.</summary>
    public long MadeAt { get; init; }

    /// <summary>Workloads that the node takes at most, however small; all that are on it count. Default: as many as it has room for.</summary>
    public int MaxWorkloads { get; init; } = int.MaxValue;

    /// <summary>Run whose mark is on the node, whoever else cordoned it; empty: none.</summary>
    public string Mark { get => field ?? (CordonOwner == Person ? "" : CordonOwner); init; }

    /// <summary>What else the mark says; null (the default): nothing.</summary>
    public NodeMark? Written { get; init; }

    /// <summary>Run whose mark a person has taken off without its consent; empty (the default): none.</summary>
    public string Lifted { get; init; } = "";

    /// <summary>Run whose mark is there in part only, through a write that meant something else, and has to be put back; empty (the default): none.</summary>
    public string Lost { get; init; } = "";
}

/// <summary>Sizes of jobs that nodes are set aside for.</summary>
public enum NodeZone
{
    Any,
    Small,
    Medium,
    Large,
}

/// <param name="Name"><c>namespace/name</c>.</param>
/// <param name="Node">Empty while pending.</param>
/// <param name="GpuMask">Bit i: uses GPU i of the node. 0 with a <paramref name="GpuCount"/>: nobody says which.</param>
/// <param name="GpuMilli">Milli-GPU on each GPU of the mask; 1000 is a whole GPU.</param>
public sealed record ClusterWorkload(
    ulong Id, string Name, string Node, int GpuCount, int GpuMilli, uint GpuMask, long CpuMilli, long MemoryMib, string Group, bool Terminating)
{
    public WorkloadLabels Labels { get; init; } = WorkloadLabels.None;

    /// <summary>The nodes that will do, beside what the other fields ask for; null (the default): any.</summary>
    public INodeFilter? Nodes { get; init; }

    /// <summary>Why it cannot be placed whatever is free, to be told instead of asking for a place; empty (the default): it can be.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>The part of the name before the slash.</summary>
    public string Namespace => Name.IndexOf('/') is > 0 and var slash ? Name[..slash] : "";

    /// <summary>While pending: another scheduler binds it, and asks for its place by nomination. Default false.</summary>
    public bool Foreign { get; init; }
}

/// <summary>Says on which nodes a workload may be.</summary>
public interface INodeFilter
{
    /// <summary>Equal for filters that always admit the same nodes, in every process; not 0.</summary>
    ulong Id { get; }

    /// <summary>Names of the nodes that will do now, in the same list until they are others; null: all that there are.</summary>
    IReadOnlyCollection<string>? Admitted();

    /// <summary>Where one workload goes changes which nodes the filter admits for the next. Default false.</summary>
    bool IsChangedByPlacing => false;

    /// <summary>Of all workloads with such filters one at a time may evict others: each might make room where, for the other's sake, it may not be. Default false.</summary>
    bool PreemptsInTurn => false;

    /// <summary>
    /// Of members of one gang, two may not share a node when one keeps off (these names) what the other is kept off by (those of
    /// <see cref="KeptOffBy"/>). Default none. Nothing of it is among the nodes that the filter admits.
    /// </summary>
    IReadOnlyList<string> KeepsOff => [];

    /// <summary>See <see cref="KeepsOff"/>.</summary>
    IReadOnlyList<string> KeptOffBy => [];
}

/// <param name="State">State of the run.</param>
/// <param name="Step">Step that it is at.</param>
public sealed record NodeMark(string Node, string Run, string State, string Step)
{
    /// <summary>The last attempt when the state was entered; 0 (the default): none.</summary>
    public int Attempt { get; init; }

    /// <summary>Whose playbook the run follows.</summary>
    public string FaultClass { get; init; } = "";
}

/// <summary>How far a node is for a workload that was placed there.</summary>
public enum Readiness
{
    /// <summary>It can be bound.</summary>
    Ready,

    /// <summary>Its place must be kept: what it needs is on the way.</summary>
    Preparing,

    /// <summary>What it needs does not come to this node: it must be placed anew.</summary>
    Refused,
}

public sealed record WorkloadBinding(ulong Workload, string Node, uint GpuMask);

/// <summary>A change in the cluster.</summary>
public abstract record ClusterEvent
{
    public sealed record NodeChanged(ClusterNode Node) : ClusterEvent;

    public sealed record NodeDeleted(string Name) : ClusterEvent;

    /// <summary>It has no node; or it is known to have none, and says something else of itself than before.</summary>
    public sealed record WorkloadPending(ClusterWorkload Workload) : ClusterEvent;

    /// <summary>It is on a node, whoever bound it, or what it says of itself has changed there.</summary>
    public sealed record WorkloadBound(ClusterWorkload Workload) : ClusterEvent;

    /// <summary>What a placed workload needs on its node has come, or does not come any more.</summary>
    public sealed record WorkloadPrepared(ulong Id) : ClusterEvent;

    public sealed record BudgetChanged(ClusterBudget Budget) : ClusterEvent;

    /// <summary>There is no such budget any more; what that means for workloads under it is told of each.</summary>
    public sealed record BudgetDeleted(string Name) : ClusterEvent;

    /// <summary>The network is another one now.</summary>
    public sealed record DomainsChanged(IReadOnlyList<ClusterDomain> Domains) : ClusterEvent;

    public sealed record WorkloadDeleted(ulong Id) : ClusterEvent;

    /// <summary>Events were lost; list again.</summary>
    public sealed record Resync : ClusterEvent;
}
