using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// Goes through the queue in the order of priority and places what fits. Every placement is an
/// <see cref="Effects.Effect.Placed"/>; answers with the number of them.
/// </summary>
public sealed class ScheduleCommand : Command
{
    /// <summary>Placements of one cycle at most, so that it stays short; range 1 to 65,536.</summary>
    public int MaxPlacements { get; set; } = 1_024;

    public override CommandKind Kind => CommandKind.Schedule;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer) => writer.Int32(MaxPlacements);

    internal static ScheduleCommand Read(ref CommandReader reader) => new() { MaxPlacements = reader.Int32() };
}

/// <summary>
/// Says on which nodes those jobs of the queue may be from now on that wait under the selection's name. They keep their turn. NotFound:
/// none does.
/// </summary>
public sealed class SelectNodesCommand : Command
{
    public required NodeSelection Selection { get; init; }

    public override CommandKind Kind => CommandKind.SelectNodes;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer) => Selection.Write(ref writer);

    internal static SelectNodesCommand Read(ref CommandReader reader) => new() { Selection = NodeSelection.Read(ref reader) };
}
