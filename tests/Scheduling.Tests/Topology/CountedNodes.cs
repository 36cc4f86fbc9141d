using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

/// <summary>Nodes as plain rows, moved together with the counts: what the counts are recounted from.</summary>
internal sealed class CountedNodes
{
    private const int Groups = 3;

    private readonly Random _random;
    private readonly Node[] _nodes;

    /// <param name="tree">Null: a random one.</param>
    public CountedNodes(Random random, int mostGpus, TopologyTree? tree = null)
    {
        _random = random;
        (Tree, MostGpus) = (tree ?? RandomTopology.Tree(random), mostGpus);
        Counts = new DomainCounts(Tree);
        _nodes = new Node[random.Next(1, 40) + Tree.Count * 2];
        foreach (ref var node in _nodes.AsSpan())
            node = new Node(random.Next(Tree.Count), random.Next(Groups), DomainCounts.Absent);
    }

    public TopologyTree Tree { get; }

    public DomainCounts Counts { get; }

    public int MostGpus { get; }

    public int AnyGroup() => _random.Next(-1, Groups + 1);

    /// <summary>Changes some nodes: free GPUs, in or out of scheduling, or to another leaf and group.</summary>
    public void Change(int times)
    {
        while (times-- > 0)
        {
            ref var node = ref _nodes[_random.Next(_nodes.Length)];
            if (_random.Next(10) == 0)
            {
                Move(ref node, DomainCounts.Absent);
                node = node with { Leaf = _random.Next(Tree.Count), Group = _random.Next(Groups) };
            }
            Move(ref node, _random.Next(-1, MostGpus + 1));
        }
    }

    /// <summary>Free GPUs of the schedulable nodes of a group (-1: of all) in a domain.</summary>
    public List<int> FreeIn(int domain, int group) => [.. _nodes
        .Where(n => n.Free >= 0 && (group < 0 || n.Group == group) && Tree.Contains(domain, n.Leaf))
        .Select(n => n.Free)];

    private void Move(ref Node node, int free)
    {
        Counts.Move(node.Leaf, node.Group, node.Free, free);
        node = node with { Free = free };
    }

    private readonly record struct Node(int Leaf, int Group, int Free);
}
