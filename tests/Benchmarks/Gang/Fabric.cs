using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Benchmarks.Gang;

/// <summary>
/// The tree of <see cref="EngineWorld"/>, its counts and the node columns that they count. A spine's nodes are of one machine group. Three
/// quarters of the nodes are full, a fifth is free, the rest in part used; some leaves are emptier.
/// </summary>
internal sealed class Fabric
{
    private const int Groups = 10;

    private readonly int[] _firstNodeOf;

    /// <param name="idle">All GPUs are free.</param>
    public Fabric(int nodes, bool idle = false)
    {
        if (!TopologyTree.TryBuild(EngineWorld.Domains(nodes), out var tree, out var problem))
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

    private void Fill(int nodes, bool idle)
    {
        var random = new Random(1);
        for (var node = 0; node < nodes; node++)
        {
            var leaf = node / EngineWorld.NodesPerLeaf;
            Leaf[node] = Tree.LeafOf(EngineWorld.NodeName(node));
            Group[node] = leaf / EngineWorld.LeavesPerSpine % Groups;
            var roll = random.Next(100);
            Free[node] = (byte)(idle || leaf % 7 == 0 || roll >= 80 ? EngineWorld.GpusPerNode : roll >= 75 ? random.Next(1, EngineWorld.GpusPerNode) : 0);
            Counts.Move(Leaf[node], Group[node], DomainCounts.Absent, Free[node]);
        }
        for (var node = nodes - 1; node >= 0; node--)
            _firstNodeOf[Leaf[node]] = node;
        for (var domain = Tree.Count - 1; domain >= 0; domain--)
            _firstNodeOf[domain] = Math.Min(_firstNodeOf[domain], _firstNodeOf[domain + 1]);
    }
}
