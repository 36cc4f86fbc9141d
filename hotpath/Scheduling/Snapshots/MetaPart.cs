using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>Says how much the other parts must add up to, so that an image that lacks pages is not taken for a smaller cluster.</summary>
internal sealed class MetaPart(int nodes, int workloads, int sets, int pending, long nextJob) : ImagePart
{
    /// <summary>Form of the parts; an image of a version that is not known is refused.</summary>
    private const int Version = 7;

    /// <summary>No job of the queue is limited to some nodes yet; the form is the same for those that are not.</summary>
    private const int Unselected = 6;

    /// <summary>Nodes have no limit of workloads yet.</summary>
    private const int Unlimited = 5;

    public int Nodes => nodes;

    public int Workloads => workloads;

    /// <summary>Gangs and services.</summary>
    public int Sets => sets;

    /// <summary>Jobs in the queue.</summary>
    public int Pending => pending;

    /// <summary>Sequence number of the next job.</summary>
    public long NextJob => nextJob;

    /// <summary>Nodes are written with the number of workloads that they may have.</summary>
    public bool HasLimits { get; private init; } = true;

    public override ulong Key => KeyOf(ImageTable.Meta, 0);

    public override object Identity => this;

    public static MetaPart Of(ClusterState state)
        => new(state.Nodes.Count, state.Workloads.Count, state.Sets.Count, state.Pending.Count, state.Pending.NextSequence);

    public bool Says(ClusterState state)
        => (nodes, workloads, sets, pending, nextJob)
        == (state.Nodes.Count, state.Workloads.Count, state.Sets.Count, state.Pending.Count, state.Pending.NextSequence);

    public override void Write(ref CommandWriter writer)
    {
        writer.Int32(Version);
        writer.Int32(nodes);
        writer.Int32(workloads);
        writer.Int32(sets);
        writer.Int32(pending);
        writer.Int64(nextJob);
    }

    /// <exception cref="InvalidDataException">Damaged, or of a version that is not known.</exception>
    public static MetaPart Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var version = reader.Int32();
        if (version is not (Version or Unselected or Unlimited))
            throw new InvalidDataException($"The checkpoint image has version {version}; this program reads versions {Unlimited} to {Version}.");
        return new MetaPart(reader.Int32(), reader.Int32(), reader.Int32(), reader.Int32(), reader.Int64()) { HasLimits = version > Unlimited };
    }
}
