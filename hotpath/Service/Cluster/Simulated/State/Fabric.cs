using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>The simulated network: a leaf switch for each block of nodes (tier 0), a spine over two leaves (tier 1), one core over all.</summary>
internal static class Fabric
{
    private const int LeavesPerSpine = 2;

    public static IReadOnlyList<ClusterDomain> Of(SimulatedNode[] nodes)
    {
        var leaves = nodes.Chunk(SimulatedNode.NodesPerLeaf)
            .Select((block, index) => new ClusterDomain($"leaf-{index + 1:D4}", 0, [.. block.Select(node => node.Name)], []))
            .ToArray();
        var spines = leaves.Chunk(LeavesPerSpine)
            .Select((under, index) => new ClusterDomain($"spine-{index + 1:D4}", 1, [], [.. under.Select(leaf => leaf.Name)]))
            .ToArray();
        return [.. leaves, .. spines, new ClusterDomain("core", 2, [], [.. spines.Select(spine => spine.Name)])];
    }
}
