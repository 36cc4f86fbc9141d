using System.Text.Json.Serialization;

namespace Pipeline.Functions.Api.Events;

/// <summary>Everything, sent first and to a listener that fell behind.</summary>
/// <param name="At">When the reader looked; null before the first look succeeded.</param>
/// <param name="Simulated">Faults can be made by <c>POST /sim/faults</c>.</param>
/// <param name="MoreRuns">More runs live than are listed here.</param>
/// <param name="Trouble">Why the picture may be old; absent when it is not.</param>
/// <param name="Runs">Live ones and the newest ended ones, in no order.</param>
public sealed record SnapshotJson(
    long Sequence, string? At, bool Simulated, bool MoreRuns,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Trouble,
    IReadOnlyCollection<NodeFrame> Nodes, IReadOnlyList<RunJson> Runs);

/// <summary>What changed since the message before.</summary>
/// <param name="Gone">Names of nodes that left the cluster.</param>
public sealed record DeltaJson(
    long Sequence, string? At, bool MoreRuns,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Trouble,
    IReadOnlyList<NodeFrame> Nodes, IReadOnlyList<string> Gone, IReadOnlyList<RunJson> Runs);

/// <summary>A node as the map draws it.</summary>
/// <param name="State">State of its run (Observed … Soaking, Escalated, NeedsHardware), else its health (Healthy, Quarantined, Cordoned, Unreachable).</param>
/// <param name="Gpus">One letter a GPU: <c>i</c> idle, <c>p</c> partly used, <c>u</c> used; a capital when the GPU is bad.</param>
/// <param name="Leaf">Leaf switch.</param>
/// <param name="Run">The run that holds the node; absent when none does.</param>
public sealed record NodeFrame(
    string Name, string State, string Gpus, string Group, int Leaf,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Run);
