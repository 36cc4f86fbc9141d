namespace Pipeline.Contracts.Cluster;

/// <summary>An action that really began on a node. A refused one (busy, unreachable) never began and is not among these.</summary>
/// <param name="Key">Under which it was started: <c>run/attempt</c>.</param>
public sealed record ExecutedAction(
    string Key,
    string Node,
    NodeActionKind Kind,
    uint GpuMask,
    DateTimeOffset StartedAt,
    DateTimeOffset EndsAt,
    ActionState State,
    string Detail);
