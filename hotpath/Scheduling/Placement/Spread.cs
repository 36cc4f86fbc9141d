using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Spread, then pack: until a service is on <see cref="Tenancy.SpreadRules.MinNodes"/> nodes its next replica goes to another node,
/// in another leaf domain where there is room in one; from then on it is packed like anything else. When replicas go and fewer nodes
/// are left, it spreads again. Where no other node has room a replica is packed rather than kept waiting.
/// </summary>
internal static class Spread
{
    /// <summary>Nodes of the leaves to avoid up to which the search is told which; of more it is told which are left.</summary>
    private const int MostAvoided = 256;

    /// <summary>Node index and GPUs for the next replica, or -1.</summary>
    public static int Choose(ClusterState state, ulong service, in Shape shape, GroupSet groups, NodeSet? candidates, out uint gpus)
    {
        var least = state.Tenancy.Policy.Spread.MinNodes;
        Span<int> used = stackalloc int[least];
        used = used[..NodesOf(state, service, used)];
        if (used.Length > 0 && used.Length < least)
        {
            Span<int> avoided = stackalloc int[MostAvoided];
            var leaves = AvoidLeaves(state.Nodes, used, avoided);
            if (leaves > used.Length && Apart(state, shape, groups, candidates, used, avoided, leaves, out gpus) is >= 0 and var apart)
                return apart;
            if (NodeChoice.Of(state, shape, groups, shape.Milli, candidates, used, out gpus) is >= 0 and var other)
                return other;
        }
        return NodeChoice.Of(state, shape, groups, shape.Milli, candidates, out gpus);
    }

    /// <summary>Different nodes of the service's replicas, as many as the span takes.</summary>
    private static int NodesOf(ClusterState state, ulong service, Span<int> nodes)
    {
        var count = 0;
        if (!state.Sets.TryFind(SetKind.Service, service, out var set))
            return 0;
        for (var slot = state.Sets[set].First; slot >= 0 && count < nodes.Length; slot = state.Workloads.NextInSet(slot))
        {
            if (!nodes[..count].Contains(state.Workloads[slot].Node))
                nodes[count++] = state.Workloads[slot].Node;
        }
        return count;
    }

    /// <summary>The best node outside the leaf domains in use, or -1.</summary>
    private static int Apart(
        ClusterState state, in Shape shape, GroupSet groups, NodeSet? candidates, ReadOnlySpan<int> used, ReadOnlySpan<int> avoided, int leaves,
        out uint gpus)
    {
        if (leaves <= avoided.Length)
            return NodeChoice.Of(state, shape, groups, shape.Milli, candidates, avoided[..leaves], out gpus);
        var (nodes, left) = (state.Nodes, state.Apart);
        left.Clear();
        for (var node = 0; node < nodes.End; node++)
        {
            if (nodes.Exists(node) && candidates?.Contains(node) != false)
                left.Add(node);
        }
        foreach (var node in used)
        {
            left.Remove(node);
            foreach (var mate in MatesOf(nodes, node))
                left.Remove(mate);
        }
        return NodeChoice.Of(state, shape, groups, shape.Milli, left, out gpus);
    }

    /// <summary>Every node of the leaf domains in use, for as many as there is room; the nodes themselves come first.</summary>
    /// <returns>How many there are; more than there is room for when some are left out.</returns>
    private static int AvoidLeaves(NodeTable nodes, ReadOnlySpan<int> used, Span<int> avoided)
    {
        used.CopyTo(avoided);
        var count = used.Length;
        foreach (var node in used)
        {
            foreach (var mate in MatesOf(nodes, node))
            {
                if (avoided[..count].Contains(mate))
                    continue;
                if (count == avoided.Length)
                    return count + 1;
                avoided[count++] = mate;
            }
        }
        return count;
    }

    /// <summary>Nodes of the same leaf domain; none when the node hangs under no domain.</summary>
    private static ReadOnlySpan<int> MatesOf(NodeTable nodes, int node)
        => nodes.DomainOf(node) is var leaf && leaf == Topology.TopologyTree.Root ? [] : nodes.NodesUnder(leaf);
}
