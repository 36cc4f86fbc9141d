namespace Pipeline.Contracts.Cluster;

/// <summary>Breaks parts of a simulated cluster. Absent when the cluster is real.</summary>
public interface ISimulation
{
    /// <summary>Every kind of fault that <see cref="BreakAsync"/> takes.</summary>
    IReadOnlyList<SimulatedFaultKind> Kinds { get; }

    /// <summary>Breaks a part; takes effect at once and survives a restart of the process.</summary>
    /// <returns>The alert labels that real monitoring would raise for it (node, gpu, xid, …), or an error that names the field.</returns>
    Task<SimulatedFaultResult> BreakAsync(SimulatedFault fault, CancellationToken cancellation);

    /// <summary>The actions that really ran on the node, oldest first; the last 256 are kept. Empty for an unknown node.</summary>
    IReadOnlyList<ExecutedAction> ActionsOf(string node);
}

/// <param name="Name">For example <c>xid79</c>, <c>deadGpu</c>, <c>thermal</c>.</param>
/// <param name="Title">For a button.</param>
/// <param name="NeedsGpu">The fault breaks one GPU; 0 when none is named.</param>
public sealed record SimulatedFaultKind(string Name, string Title, bool NeedsGpu);

public sealed record SimulatedFault(string Node, string Kind, int Gpu);

/// <param name="Error">Null when the part broke.</param>
/// <param name="AlertName">The alert that monitoring would raise; empty when the fault is silent or mends a part.</param>
public sealed record SimulatedFaultResult(string? Error, string AlertName, IReadOnlyDictionary<string, string> Labels);
