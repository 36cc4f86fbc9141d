using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling;

/// <summary>The whole model that the engine decides on. One thread changes it; readers get snapshots.</summary>
public sealed class ClusterState
{
    public NodeTable Nodes { get; } = new();

    public WorkloadTable Workloads { get; } = new();

    /// <summary>Runs, episodes, alert records and the policy; immutable, replaced as a whole.</summary>
    public RepairState Repair { get; internal set; } = RepairState.Empty;
}
