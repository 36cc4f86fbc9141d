using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// Finds places for all members of a gang in one decision, or for none. A gang that is known grows: the members that have no place yet
/// get one beside the others. Answers with a <see cref="GangPlacement"/>.
/// </summary>
public sealed class PlaceGangCommand : Command
{
    private const byte MayPreemptFlag = 1;
    private const byte InTurnFlag = 2;

    public required GangSpec Gang { get; init; }

    /// <summary>See <see cref="PlaceCommand.Wait"/>.</summary>
    public bool Wait { get; init; }

    /// <summary>See <see cref="PlaceCommand.MayPreempt"/>.</summary>
    public bool MayPreempt { get; init; }

    /// <summary>See <see cref="PlaceCommand.InTurn"/>.</summary>
    public bool InTurn { get; init; }

    /// <summary>See <see cref="PlaceCommand.Actor"/>.</summary>
    public string Actor { get; init; } = "";

    /// <summary>Nodes that will do for one role; null (the default): any. Not with <see cref="Wait"/>.</summary>
    public RoleCandidates? Candidates { get; init; }

    /// <summary>Nodes that will do for every member, in place of <see cref="Candidates"/>; null (the default): any.</summary>
    public NodeSelection? Selection { get; init; }

    /// <summary>
    /// As <see cref="Selection"/>, in its place, where members of one role may be on other nodes than those of another: of each role, in their
    /// order, null for any node. Empty (the default): all roles are alike.
    /// </summary>
    public ImmutableArray<NodeSelection?> RoleSelections { get; init; } = [];

    /// <summary>Those that the job has in the queue: one, or one of each role; null: any node.</summary>
    internal ImmutableArray<NodeSelection?> Selections => RoleSelections.IsEmpty ? [Selection] : RoleSelections;

    public override CommandKind Kind => CommandKind.PlaceGang;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        Gang.Write(ref writer);
        writer.Bool(Wait);
        // As of a single workload.
        writer.Byte((byte)((MayPreempt ? MayPreemptFlag : 0) | (InTurn ? InTurnFlag : 0)));
        writer.String(Actor);
        foreach (var selection in RoleSelections)
            (selection ?? NodeSelection.Any).Write(ref writer);
        if (RoleSelections.IsEmpty)
            Selection?.Write(ref writer);
        Candidates?.Write(ref writer);
    }

    internal static PlaceGangCommand Read(ref CommandReader reader)
    {
        var (gang, wait, flags, actor) = (GangSpec.Read(ref reader), reader.Bool(), reader.Byte(), reader.String());
        var selections = ImmutableArray.CreateBuilder<NodeSelection?>();
        while (NodeSelection.IsNext(reader))
            selections.Add(NodeSelection.Read(ref reader) is { Id: not 0 } selection ? selection : null);
        return new PlaceGangCommand
        {
            Gang = gang,
            Wait = wait,
            MayPreempt = (flags & MayPreemptFlag) != 0,
            InTurn = (flags & InTurnFlag) != 0,
            Actor = actor,
            // What one says of the only role is the same as what it says of all.
            Selection = selections.Count == 1 ? selections[0] : null,
            RoleSelections = selections.Count == 1 ? [] : selections.ToImmutable(),
            Candidates = reader.AtEnd ? null : RoleCandidates.Read(ref reader),
        };
    }
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
