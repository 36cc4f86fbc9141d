namespace Pipeline.Contracts.Cluster;

/// <summary>Breaks parts of a simulated cluster. Absent when the cluster is real.</summary>
public interface ISimulation
{
    Task<SimulationDescription> DescribeAsync(CancellationToken cancellation);

    /// <summary>Breaks a part; takes effect at once and survives a restart of the process.</summary>
    /// <returns>The alert labels that real monitoring would raise for it (node, gpu, xid, …), or an error that names the field.</returns>
    Task<SimulatedFaultResult> BreakAsync(SimulatedFault fault, CancellationToken cancellation);

    /// <summary>The actions that really ran on the node, oldest first; the last 256 are kept. Empty for an unknown node.</summary>
    Task<IReadOnlyList<ExecutedAction>> ListActionsAsync(string node, CancellationToken cancellation);
}

/// <param name="Speed">Seconds of cluster life in a second of the clock.</param>
/// <param name="Kinds">Every kind of fault that <see cref="ISimulation.BreakAsync"/> takes.</param>
public sealed record SimulationDescription(double Speed, IReadOnlyList<SimulatedFaultKind> Kinds);

/// <param name="Name">For example <c>xid79</c>, <c>deadGpu</c>, <c>thermal</c>.</param>
/// <param name="Title">For a button.</param>
/// <param name="NeedsGpu">The fault breaks one GPU; 0 when none is named.</param>
public sealed record SimulatedFaultKind(string Name, string Title, bool NeedsGpu);

public sealed record SimulatedFault(string Node, string Kind, int Gpu);

/// <param name="Error">Null when the part broke.</param>
/// <param name="AlertName">The alert that monitoring would raise; empty when the fault is silent or mends a part.</param>
public sealed record SimulatedFaultResult(string? Error, string AlertName, IReadOnlyDictionary<string, string> Labels);
