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

    /// <summary>Whether one of the jobs that preempt <see cref="PlaceCommand.InTurn"/> may do so. Default true.</summary>
    public bool GivesTurn { get; set; } = true;

    public override CommandKind Kind => CommandKind.Schedule;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.Int32(MaxPlacements);
        // A journal from before there were turns gives them.
        if (!GivesTurn)
            writer.Bool(false);
    }

    internal static ScheduleCommand Read(ref CommandReader reader) => new() { MaxPlacements = reader.Int32(), GivesTurn = reader.AtEnd || reader.Bool() };
}

/// <summary>What a cycle came to, the reply's detail.</summary>
/// <param name="Placed">Jobs that have places now.</param>
/// <param name="InTurn">The workload that others have to leave for and that had the turn, or a member of the gang; 0: none.</param>
public sealed record CycleResult(int Placed, ulong InTurn);

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
