using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The tree of network domains.</summary>
internal sealed class TopologyPart(TopologyTree tree) : ImagePart
{
    public TopologyTree Tree => tree;

    public override ulong Key => KeyOf(ImageTable.Topology, 0);

    public override object Identity => tree;

    public override void Write(ref CommandWriter writer) => TopologyCodec.Write(ref writer, tree.Definitions);

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(NodeTable nodes, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        nodes.SetTopology(TopologyCodec.ReadTree(ref reader));
        Damage.If(!reader.AtEnd, "topology", 0);
    }
}
