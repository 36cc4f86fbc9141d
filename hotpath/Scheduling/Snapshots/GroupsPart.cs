using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The machine groups, by index.</summary>
internal sealed class GroupsPart(MachineGroups groups) : ImagePart
{
    public MachineGroups Groups => groups;

    public override ulong Key => KeyOf(ImageTable.MachineGroups, 0);

    public override object Identity => this;

    public override void Write(ref CommandWriter writer)
    {
        writer.Int32(groups.Names.Length);
        foreach (var name in groups.Names)
            writer.String(name);
        // Where all are there, as they once were for good, nothing follows.
        for (var group = 0; group < groups.Names.Length; group++)
        {
            if (!groups.IsGone(group))
                continue;
            writer.Int32(group);
            writer.Int64(groups.GoneAt(group));
        }
    }

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(NodeTable nodes, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var count = reader.Int32();
        Damage.If((uint)count > NodeTable.MaxGroups, "machine groups", count);
        for (var group = 0; group < count; group++)
        {
            var name = reader.String();
            Damage.If(nodes.TryFindGroup(name, out _), "machine groups", group);
            nodes.AddGroup(name);
        }
        for (var last = -1; !reader.AtEnd;)
        {
            var (group, at) = (reader.Int32(), reader.Int64());
            Damage.If(group <= last || group >= count || at <= 0, "gone machine groups", group);
            nodes.SetGroupGone(last = group, at);
        }
    }
}
