using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// Finds places for all members of a gang in one decision, or for none. A gang that is known grows: the members that have no place yet
/// get one beside the others. Answers with a <see cref="GangPlacement"/>.
/// </summary>
public sealed class PlaceGangCommand : Command
{
    public required GangSpec Gang { get; init; }

    /// <summary>See <see cref="PlaceCommand.Wait"/>.</summary>
    public bool Wait { get; init; }

    /// <summary>See <see cref="PlaceCommand.MayPreempt"/>.</summary>
    public bool MayPreempt { get; init; }

    /// <summary>See <see cref="PlaceCommand.Actor"/>.</summary>
    public string Actor { get; init; } = "";

    /// <summary>Nodes that will do for one role; null (the default): any. Not with <see cref="Wait"/> or <see cref="MayPreempt"/>.</summary>
    public RoleCandidates? Candidates { get; init; }

    /// <summary>
    /// Nodes that will do for every member, in place of <see cref="Candidates"/>; null (the default): any. As long as it names some, nobody
    /// is evicted for the gang, whatever <see cref="MayPreempt"/> says.
    /// </summary>
    public NodeSelection? Selection { get; init; }

    internal RoleCandidates? Accepted => Selection is null ? Candidates : RoleCandidates.OfAll(Selection.Nodes);

    public override CommandKind Kind => CommandKind.PlaceGang;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        Gang.Write(ref writer);
        writer.Bool(Wait);
        writer.Bool(MayPreempt);
        writer.String(Actor);
        Selection?.Write(ref writer);
        if (Selection is null)
            Candidates?.Write(ref writer);
    }

    internal static PlaceGangCommand Read(ref CommandReader reader) => new()
    {
        Gang = GangSpec.Read(ref reader),
        Wait = reader.Bool(),
        MayPreempt = reader.Bool(),
        Actor = reader.String(),
        Selection = NodeSelection.IsNext(reader) ? NodeSelection.Read(ref reader) : null,
        Candidates = reader.AtEnd ? null : RoleCandidates.Read(ref reader),
    };
}

/// <summary>Gives the resources of every member of a gang back, and takes the gang out of the queue.</summary>
public sealed class ReleaseGangCommand : Command
{
    public ulong Gang { get; init; }

    /// <summary>True: members that have a place keep it. Default false.</summary>
    public bool QueuedOnly { get; init; }

    public override CommandKind Kind => CommandKind.ReleaseGang;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.UInt64(Gang);
        // Journals from before it was known have nothing here.
        if (QueuedOnly)
            writer.Bool(true);
    }

    internal static ReleaseGangCommand Read(ref CommandReader reader) => new() { Gang = reader.UInt64(), QueuedOnly = !reader.AtEnd && reader.Bool() };
}
