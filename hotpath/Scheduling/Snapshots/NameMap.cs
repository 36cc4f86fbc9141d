namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// Node index by name, for readers. The first reader who asks builds it from its snapshot; the snapshots that follow share it until
/// a node comes or goes, so the loop never pays for it.
/// </summary>
internal sealed class NameMap(long membership)
{
    private Dictionary<string, int>? _byName;

    /// <summary>Grows with every node that comes or goes.</summary>
    public long Membership => membership;

    public bool TryFind(ClusterSnapshot snapshot, ReadOnlySpan<char> name, out int node)
    {
        // Two readers may build it at once; both build the same, and either will do.
        var byName = Volatile.Read(ref _byName);
        if (byName == null)
            Volatile.Write(ref _byName, byName = Build(snapshot));
        return byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out node);
    }

    private static Dictionary<string, int> Build(ClusterSnapshot snapshot)
    {
        var byName = new Dictionary<string, int>(snapshot.NodeCount, StringComparer.Ordinal);
        foreach (var node in snapshot.Nodes())
            byName.Add(node.Name, node.Index);
        return byName;
    }
}
