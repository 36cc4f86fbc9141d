using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The nodes on which jobs of the queue may be that share a selection.</summary>
internal sealed class SelectionPart(NodeSelection selection) : ImagePart
{
    public override ulong Key => KeyOf(ImageTable.Selection, (long)selection.Id);

    public override object Identity => selection;

    public override void Write(ref CommandWriter writer) => selection.Write(ref writer);

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(ClusterState state, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var selection = NodeSelection.Read(ref reader);
        Damage.If(selection.Problem != null || !reader.AtEnd, "selection of nodes", (long)selection.Id);
        state.Pending.Selections.Set(selection);
    }
}
