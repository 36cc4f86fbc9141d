using System.Text.Json.Serialization;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;

namespace Pipeline.Hotpath.Cluster.Simulated.Storage;

/// <summary>
/// One change of the simulated cluster: a line of its file. The state follows from the changes alone, so what is in the file is what
/// happened. The <c>…Image</c> kinds say how something stood when the file was rewritten.
/// </summary>
/// <param name="At">When it happened on the cluster's clock.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "change")]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(PartBroken), "broken")]
[JsonDerivedType(typeof(ActionStarted), "actionStarted")]
[JsonDerivedType(typeof(ActionFinished), "actionFinished")]
[JsonDerivedType(typeof(Marked), "marked")]
[JsonDerivedType(typeof(Unmarked), "unmarked")]
[JsonDerivedType(typeof(ForeignCordonSet), "foreignCordon")]
[JsonDerivedType(typeof(Bound), "bound")]
[JsonDerivedType(typeof(EvictionBlocked), "evictionBlocked")]
[JsonDerivedType(typeof(EvictionAccepted), "evictionAccepted")]
[JsonDerivedType(typeof(WorkloadEnded), "ended")]
[JsonDerivedType(typeof(NodeImage), "nodeImage")]
[JsonDerivedType(typeof(WorkloadImage), "workloadImage")]
[JsonDerivedType(typeof(ActionImage), "actionImage")]
[JsonDerivedType(typeof(ImageEnd), "imageEnd")]
internal abstract record Change(DateTimeOffset At);

/// <summary>
/// The first line. With <paramref name="Image"/> the state follows as images up to <see cref="ImageEnd"/>; else it is the seeded start.
/// </summary>
internal sealed record Created(DateTimeOffset At, int Format, int Nodes, ulong Seed, double FillPercent, bool Image) : Change(At);

internal sealed record PartBroken(DateTimeOffset At, string Node, string Kind, int Gpu) : Change(At);

internal sealed record ActionStarted(
    DateTimeOffset At, string Key, string Node, NodeActionKind Kind, uint GpuMask, DateTimeOffset EndsAt) : Change(At);

/// <param name="Effective">The action did to the parts what it does; false when it failed for no reason of theirs.</param>
internal sealed record ActionFinished(DateTimeOffset At, string Key, bool Effective, bool Succeeded, string Detail) : Change(At);

internal sealed record Marked(DateTimeOffset At, NodeMark Mark) : Change(At);

internal sealed record Unmarked(DateTimeOffset At, string Node) : Change(At);

internal sealed record ForeignCordonSet(DateTimeOffset At, string Node, bool Cordoned) : Change(At);

internal sealed record Bound(DateTimeOffset At, ulong Id, string Node, uint GpuMask) : Change(At);

internal sealed record EvictionBlocked(DateTimeOffset At, ulong Id, DateTimeOffset Until) : Change(At);

internal sealed record EvictionAccepted(DateTimeOffset At, ulong Id, DateTimeOffset EndsAt) : Change(At);

/// <param name="Finished">It finished by itself, so that another one takes its place; else its controller replaces it.</param>
internal sealed record WorkloadEnded(DateTimeOffset At, ulong Id, bool Finished) : Change(At);

internal sealed record NodeImage(DateTimeOffset At, string Node, NodeHardware Hardware, NodeMark? Mark, bool ForeignCordon) : Change(At);

internal sealed record WorkloadImage(
    DateTimeOffset At, ulong Id, ulong Controller, int GpuCount, string Group, string? Node, uint GpuMask,
    DateTimeOffset? TerminatesAt, DateTimeOffset? BlockedUntil) : Change(At);

internal sealed record ActionImage(DateTimeOffset At, ExecutedAction Action) : Change(At);

internal sealed record ImageEnd(DateTimeOffset At, ulong NextWorkload, long WorkloadsKilled) : Change(At);

[JsonSerializable(typeof(Change))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
internal sealed partial class ChangeJson : JsonSerializerContext;
