namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// Node index by name, for readers. The first reader who asks builds it from its snapshot; the snapshots that follow share it until
/// a node comes or goes, so the loop never pays for it.
/// </summary>
internal sealed class NameMap(long membership)
{
    private Dictionary<string, int>? _byName;
    private Utf8Names? _byUtf8;

    /// <summary>Grows with every node that comes or goes.</summary>
    public long Membership => membership;

    public bool TryFind(ClusterSnapshot snapshot, ReadOnlySpan<char> name, out int node)
    {
        // Two readers may build it at once; both build the same, and either will do.
        var byName = Volatile.Read(ref _byName);
        if (byName == null)
            Volatile.Write(ref _byName, byName = snapshot.Nodes().ToDictionary(node => node.Name, node => node.Index, StringComparer.Ordinal));
        return byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out node);
    }

    public bool TryFind(ClusterSnapshot snapshot, ReadOnlySpan<byte> name, out int node)
    {
        var byUtf8 = Volatile.Read(ref _byUtf8);
        if (byUtf8 == null)
            Volatile.Write(ref _byUtf8, byUtf8 = new Utf8Names([.. snapshot.Nodes().Select(node => (node.Name, node.Index))]));
        return byUtf8.TryFind(name, out node);
    }
}
