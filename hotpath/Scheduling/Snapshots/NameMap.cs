namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// Node index by name, for readers. The first reader who asks builds it from its snapshot; the snapshots that follow share it until
/// a node comes or goes, so the loop never pays for it.
/// </summary>
internal sealed class NameMap(long membership)
{
    private Utf8Names? _names;

    /// <summary>Grows with every node that comes or goes.</summary>
    public long Membership => membership;

    public Utf8Names Of(ClusterSnapshot snapshot)
    {
        // Two readers may build it at once; both build the same, and either will do.
        var names = Volatile.Read(ref _names);
        if (names == null)
            Volatile.Write(ref _names, names = new Utf8Names([.. snapshot.Nodes().Select(node => (node.Name, node.Index))]));
        return names;
    }
}
