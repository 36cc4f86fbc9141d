using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>An action that really began on a node. A refused one (busy, unreachable) never began and is not among these.</summary>
public sealed record ExecutedAction(
    string Key,
    string Node,
    NodeActionKind Kind,
    uint GpuMask,
    DateTimeOffset StartedAt,
    DateTimeOffset EndsAt,
    ActionState State,
    string Detail);
