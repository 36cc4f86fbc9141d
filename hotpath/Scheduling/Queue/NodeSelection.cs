using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Queue;

/// <summary>
/// Nodes on which a job may be, under a name that many jobs can share. While a job waits they become others, as nodes and their labels do:
/// <see cref="SelectNodesCommand"/> changes them for all jobs that wait under the name.
/// </summary>
/// <param name="Id">Chosen by the caller: equal for jobs that ask for the same, 1 to <see cref="MaxId"/>.</param>
/// <param name="Nodes">Null: any.</param>
public sealed record NodeSelection(ulong Id, NodeSet? Nodes)
{
    /// <summary>What a key of the checkpoint image holds beside its table.</summary>
    public const ulong MaxId = (1UL << 56) - 1;

    // Where it stands in a journaled command there may be a number of words, or of a role.
    private const int Tag = -1;

    /// <summary>Stands in the journal for no selection where there may be several.</summary>
    internal static readonly NodeSelection Any = new(0, null);

    /// <summary>Null when nothing is wrong with it.</summary>
    internal string? Problem => Id is 0 or > MaxId ? $"Selection: {Id} is not between 1 and {MaxId}." : null;

    internal void Write(ref CommandWriter writer)
    {
        writer.Int32(Tag);
        writer.UInt64(Id);
        writer.Bool(Nodes != null);
        Nodes?.Write(ref writer);
    }

    /// <summary>Whether one comes next. The caller's reader stays where it is.</summary>
    internal static bool IsNext(CommandReader reader) => !reader.AtEnd && reader.Int32() == Tag;

    internal static NodeSelection Read(ref CommandReader reader)
    {
        if (reader.Int32() != Tag)
            throw new InvalidDataException("A journaled selection of nodes has the wrong tag.");
        return new NodeSelection(reader.UInt64(), reader.Bool() ? NodeSet.Read(ref reader) : null);
    }
}
