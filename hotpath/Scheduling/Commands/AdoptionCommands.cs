using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// Takes a run over that an engine with another journal has led. Unchanged when the run is known as it is here or further; Refused when
/// another run has the node; Conflict when another run has its number. Without its node the run ends. The number, the node's index and what
/// only this engine can know are not taken from it.
/// </summary>
public sealed class AdoptRunCommand : Command
{
    public required Run Run { get; init; }

    public override CommandKind Kind => CommandKind.AdoptRun;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer) => RepairCodec.Write(ref writer, Run);

    internal static AdoptRunCommand Read(ref CommandReader reader) => new() { Run = RepairCodec.ReadRun(ref reader) };
}

/// <summary>
/// A node carries the mark of a run of which nothing else is left. The node is out of scheduling from here on, and the run goes on where the
/// mark says it is; where that cannot be, a person is called. Unchanged when the run is known or the node has another; NotFound without the node.
/// </summary>
public sealed class AdoptMarkCommand : Command
{
    public string Node { get; init; } = "";

    /// <summary>Id of the run, as the mark gives it.</summary>
    public string Run { get; init; } = "";

    /// <summary>Name of a <see cref="RunState"/>, as the mark gives it.</summary>
    public string State { get; init; } = "";

    /// <summary>Name of a <see cref="StepKind"/>, as the mark gives it.</summary>
    public string Step { get; init; } = "";

    /// <summary>The last attempt that the mark knows of; 0: none.</summary>
    public int Attempt { get; init; }

    public string FaultClass { get; init; } = "";

    public override CommandKind Kind => CommandKind.AdoptMark;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Node);
        writer.String(Run);
        writer.String(State);
        writer.String(Step);
        writer.Int32(Attempt);
        writer.String(FaultClass);
    }

    internal static AdoptMarkCommand Read(ref CommandReader reader) => new()
    {
        Node = reader.String(),
        Run = reader.String(),
        State = reader.String(),
        Step = reader.String(),
        Attempt = reader.Int32(),
        FaultClass = reader.String(),
    };
}
