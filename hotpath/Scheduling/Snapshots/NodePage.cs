using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable copy of <see cref="NodeTable.PageSize"/> neighbouring nodes.</summary>
internal sealed class NodePage(int index) : ImagePart
{
    public int Index { get; } = index;

    public override ulong Key => KeyOf(ImageTable.NodePage, Index);

    public override object Identity => this;

    public required NodeRow[] Nodes { get; init; }

    public required NodeFacts[] Facts { get; init; }

    public required int[] GpuUsed { get; init; }

    /// <summary>Bit i: row i holds a node.</summary>
    public ulong Rows { get; init; }

    /// <remarks>What is used is not written: it follows from the workloads.</remarks>
    public override void Write(ref CommandWriter writer)
    {
        writer.UInt64(Rows);
        for (var rows = Rows; rows != 0; rows &= rows - 1)
        {
            var row = BitOperations.TrailingZeroCount(rows);
            var shape = NodeShape.Of(Nodes[row], Facts[row]);
            writer.String(Nodes[row].Name);
            writer.Byte((byte)shape.Gpus);
            writer.Int32(shape.Cpu);
            writer.Int32(shape.Memory);
            writer.Int32(shape.Group);
            writer.Int32(shape.Leaf);
            writer.Bool(shape.Reachable);
            writer.Bool(shape.ForeignCordon);
            writer.Byte((byte)shape.Zone);
            writer.Int32(shape.MaxWorkloads);
            writer.Int64(Facts[row].QuarantinedBy);
            writer.UInt32(Nodes[row].BadGpus);
            writer.Int32(Nodes[row].FirstWorkload);
        }
    }

    /// <param name="limited">The image says how many workloads a node may have.</param>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(NodeTable nodes, int index, ReadOnlySpan<byte> bytes, bool limited)
    {
        var reader = new CommandReader(bytes);
        for (var rows = reader.UInt64(); rows != 0; rows &= rows - 1)
        {
            var node = index * NodeTable.PageSize + BitOperations.TrailingZeroCount(rows);
            var name = reader.String();
            var shape = new NodeShape(
                reader.Byte(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Bool(), reader.Bool(),
                (ZoneRole)reader.Byte())
            {
                MaxWorkloads = limited ? reader.Int32() : NodeTable.NoLimit,
            };
            Damage.If(
                name.Length == 0 || node >= NodeTable.MaxNodes || shape.Gpus > NodeTable.MaxGpus || shape.Zone > ZoneRole.Large
                || shape.MaxWorkloads < 0 || nodes.TryFind(name, out _) || !nodes.KnowsGroup(shape.Group), "node page", index);
            nodes.AddAt(node, name, shape);
            nodes.SetQuarantine(node, reader.Int64());
            nodes.SetBadGpus(node, reader.UInt32());
            nodes.SetFirstWorkload(node, reader.Int32());
        }
        Damage.If(!reader.AtEnd, "node page", index);
    }
}
