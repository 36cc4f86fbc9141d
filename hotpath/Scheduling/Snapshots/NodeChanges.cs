using System.Numerics;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>How the nodes of one snapshot differ from those of an earlier one.</summary>
public sealed class NodeChanges
{
    private readonly List<NodeView> _changed = [];
    private readonly List<string> _removed = [];

    internal NodeChanges()
    {
    }

    /// <summary>Nodes that are new or not as they were, in the order of their indices.</summary>
    public IReadOnlyList<NodeView> Changed => _changed;

    /// <summary>Names of nodes that are there no more.</summary>
    public IReadOnlyList<string> Removed => _removed;

    public bool IsEmpty => _changed.Count + _removed.Count == 0;

    internal void AddChanged(ClusterSnapshot snapshot, ClusterSnapshot earlier, NodePage now, NodePage? before)
    {
        for (var rows = now.Rows; rows != 0; rows &= rows - 1)
        {
            var row = BitOperations.TrailingZeroCount(rows);
            var node = new NodeView(snapshot, now, row);
            if (before == null || (before.Rows & (1UL << row)) == 0 || !node.Equals(new NodeView(earlier, before, row)))
                _changed.Add(node);
        }
    }

    internal void AddRemoved(ClusterSnapshot snapshot, NodePage before, NodePage? now)
    {
        for (var rows = before.Rows; rows != 0; rows &= rows - 1)
        {
            var row = BitOperations.TrailingZeroCount(rows);
            var stays = now != null && (now.Rows & (1UL << row)) != 0 && now.Nodes[row].Name == before.Nodes[row].Name;
            // It may have come back in another place.
            if (!stays && !snapshot.TryFindNode(before.Nodes[row].Name, out _))
                _removed.Add(before.Nodes[row].Name);
        }
    }
}
