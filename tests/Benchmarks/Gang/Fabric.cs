using System.Globalization;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Benchmarks.Gang;

/// <summary>
/// 8-GPU nodes in a tree of three tiers: 32 nodes on a leaf switch, 16 leaves on a spine, all spines under one top. A spine's nodes
/// are of one machine group. Three quarters of the nodes are full, a fifth is free, the rest in part used; some leaves are emptier.
/// </summary>
internal sealed class Fabric
{
    public const int GpusPerNode = 8;
    public const int Groups = 10;
    public const int NodesPerLeaf = 32;
    public const int LeavesPerSpine = 16;
    public const int SpineTier = 1;

    private readonly int[] _firstNodeOf;

    /// <param name="idle">All GPUs are free.</param>
    public Fabric(int nodes, bool idle = false)
    {
        var leaves = (nodes + NodesPerLeaf - 1) / NodesPerLeaf;
        var spines = (leaves + LeavesPerSpine - 1) / LeavesPerSpine;
        var definitions = Enumerable.Range(0, leaves)
            .Select(leaf => new DomainDefinition(LeafName(leaf), 0, [.. Range(leaf, NodesPerLeaf, nodes).Select(NodeName)], []))
            .Concat(Enumerable.Range(0, spines)
                .Select(spine => new DomainDefinition(SpineName(spine), SpineTier, [], [.. Range(spine, LeavesPerSpine, leaves).Select(LeafName)])))
            .Append(new DomainDefinition("top", SpineTier + 1, [], [.. Enumerable.Range(0, spines).Select(SpineName)]));
        if (!TopologyTree.TryBuild(definitions, out var tree, out var problem))
            throw new InvalidOperationException(problem);
        (Tree, Counts) = (tree, new DomainCounts(tree));
        (Leaf, Group, Free) = (new int[nodes], new int[nodes], new byte[nodes]);
        _firstNodeOf = new int[tree.Count + 1];
        Array.Fill(_firstNodeOf, nodes);
        Fill(nodes, idle);
    }

    public TopologyTree Tree { get; }

    public DomainCounts Counts { get; }

    // The node columns: what a recount reads.
    public int[] Leaf { get; }

    public int[] Group { get; }

    public byte[] Free { get; }

    /// <summary>The nodes below a domain are a range here, because they are numbered in the order of their leaves.</summary>
    public (int Start, int End) NodesBelow(int domain) => (_firstNodeOf[domain], _firstNodeOf[Tree.EndOf(domain)]);

    public void Move(int node, int free)
    {
        Counts.Move(Leaf[node], Group[node], Free[node], free);
        Free[node] = (byte)free;
    }

    private static IEnumerable<int> Range(int parent, int each, int end) => Enumerable.Range(parent * each, Math.Min(each, end - parent * each));

    private static string NodeName(int node) => string.Create(CultureInfo.InvariantCulture, $"gpu-{node:000000}");

    private static string LeafName(int leaf) => string.Create(CultureInfo.InvariantCulture, $"leaf-{leaf:00000}");

    private static string SpineName(int spine) => string.Create(CultureInfo.InvariantCulture, $"spine-{spine:0000}");

    private void Fill(int nodes, bool idle)
    {
        var random = new Random(1);
        for (var node = 0; node < nodes; node++)
        {
            var (leaf, spine) = (node / NodesPerLeaf, node / NodesPerLeaf / LeavesPerSpine);
            Leaf[node] = Tree.LeafOf(NodeName(node));
            Group[node] = spine % Groups;
            var roll = random.Next(100);
            Free[node] = (byte)(idle || leaf % 7 == 0 || roll >= 80 ? GpusPerNode : roll >= 75 ? random.Next(1, GpusPerNode) : 0);
            Counts.Move(Leaf[node], Group[node], DomainCounts.Absent, Free[node]);
        }
        for (var node = nodes - 1; node >= 0; node--)
            _firstNodeOf[Leaf[node]] = node;
        for (var domain = Tree.Count - 1; domain >= 0; domain--)
            _firstNodeOf[domain] = Math.Min(_firstNodeOf[domain], _firstNodeOf[domain + 1]);
    }
}
