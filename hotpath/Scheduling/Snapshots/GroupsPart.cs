using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The machine group names, by index.</summary>
internal sealed class GroupsPart(ImmutableArray<string> names) : ImagePart
{
    public ImmutableArray<string> Names => names;

    public override ulong Key => KeyOf(ImageTable.MachineGroups, 0);

    public override object Identity => this;

    public override void Write(ref CommandWriter writer)
    {
        writer.Int32(names.Length);
        foreach (var name in names)
            writer.String(name);
    }

    public static void Restore(NodeTable nodes, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var count = reader.Int32();
        for (var group = 0; group < count; group++)
            Damage.If(nodes.GroupOf(reader.String()) != group, "machine groups", 0);
    }
}
