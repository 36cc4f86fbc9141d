using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>How far a pending workload is on its way to a node.</summary>
internal enum Stage
{
    /// <summary>The engine must be asked, at first or again.</summary>
    Ask,

    /// <summary>Fewer members of its gang are there than must start together.</summary>
    Gathering,

    /// <summary>It is in the engine's queue.</summary>
    Waiting,

    /// <summary>The engine does not take it as things are.</summary>
    Refused,

    /// <summary>The engine has given it a place that others have yet to leave.</summary>
    Nominated,

    /// <summary>The engine has given it a place, which the cluster does not know of yet.</summary>
    Placed,

    /// <summary>Its node is being made ready for it, and its place counts as taken.</summary>
    Preparing,

    /// <summary>The cluster is being told.</summary>
    Binding,

    /// <summary>Something went wrong while the cluster was told.</summary>
    Unsure,

    /// <summary>Another scheduler asks for its place and binds it.</summary>
    Foreign,
}

/// <summary>A workload that the cluster lists without a node.</summary>
internal sealed class PendingWorkload(ClusterWorkload workload)
{
    public ClusterWorkload Workload { get; set; } = workload;

    public Stage Stage { get; set; } = workload.Foreign ? Stage.Foreign : Stage.Ask;

    /// <summary>From <see cref="Stage.Nominated"/> on.</summary>
    public WorkloadBinding? Place { get; set; }

    /// <summary>The engine counts it as bound while its node is made ready.</summary>
    public bool Held { get; set; }

    /// <summary>The cluster was told of its place, and may act on that even after it has said that the workload has none.</summary>
    public bool Told { get; set; }

    /// <summary>Its place is nobody else's though the cluster lists it as pending.</summary>
    public bool IsKept => Held || Told;

    /// <summary>There is news of its node since the cluster was asked how far that is.</summary>
    public bool MayBeReady { get; set; }

    /// <summary>Project index under which the engine was asked.</summary>
    public int Project { get; set; }

    /// <summary>Machine profile with which the engine was asked; null: none.</summary>
    public MachineProfile? Profile { get; set; }

    /// <summary>What was last said of why it is refused; empty: it is not.</summary>
    public string Refusal { get; set; } = "";
}
