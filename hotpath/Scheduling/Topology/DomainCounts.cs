using System.Runtime.InteropServices;

namespace Pipeline.Scheduling.Topology;

/// <summary>
/// For every domain, and in it for every machine group and for all together, the schedulable nodes by free whole GPUs. A change of
/// a node costs a vector addition for each domain above it, so a gang learns what a domain can hold without looking at nodes.
/// </summary>
/// <remarks>
/// Made for one tree; for another one, or when nodes get other leaves, make a new one and move every node in. Domains that never
/// had a node of a group take no memory for it. One thread uses it.
/// </remarks>
public sealed partial class DomainCounts
{
    /// <summary>The nodes of all machine groups.</summary>
    public const int AnyGroup = -1;

    /// <summary>In place of a number of free GPUs: not in scheduling.</summary>
    public const int Absent = -1;

    public DomainCounts(TopologyTree tree)
    {
        Tree = tree;
        _lastRowOf = new (int, int)[tree.Count];
        Array.Fill(_lastRowOf, (AnyGroup, -1));
        AddPool(AnyGroup);
        // The rows of the pool of all groups have the numbers of their domains.
        for (var domain = 0; domain < tree.Count; domain++)
            AddRow(domain, AnyGroup, tree.ParentOf(domain));
    }

    public TopologyTree Tree { get; }

    /// <summary>Takes over that a node's free whole GPUs change.</summary>
    /// <param name="leaf">The domain that the node hangs under directly.</param>
    /// <param name="group">Machine group index, 0 or more.</param>
    /// <param name="fromFree">0 to 16 as told last, or <see cref="Absent"/>.</param>
    /// <param name="toFree">0 to 16, or <see cref="Absent"/>.</param>
    public void Move(int leaf, int group, int fromFree, int toFree)
    {
        if (fromFree == toFree)
            return;
        var row = RowOf(leaf, group);
        Climb(leaf, row, fromFree, toFree);
        if ((fromFree | toFree) < 0)
            Enlist(leaf, row, fromFree < 0 ? 1 : -1);
    }

    /// <summary>Schedulable nodes.</summary>
    /// <param name="group">Machine group index or <see cref="AnyGroup"/>, here and below.</param>
    public int Nodes(int domain, int group) => TryFindRow(domain, group, out var row) ? _nodes[row] : 0;

    /// <summary>Schedulable nodes with exactly that many free whole GPUs, 0 to 16.</summary>
    public int NodesWith(int domain, int group, int free)
    {
        if (!TryFindRow(domain, group, out var row))
            return 0;
        return free == 0 ? _nodes[row] - AtLeast(row)[0] : FreeCounts.Exactly(AtLeast(row), free);
    }

    /// <summary>Free whole GPUs of schedulable nodes.</summary>
    public int FreeGpus(int domain, int group) => TryFindRow(domain, group, out var row) ? FreeCounts.Capacity(AtLeast(row), 1) : 0;

    /// <summary>
    /// Members of <paramref name="gpus"/> whole GPUs each that the domain can hold by its free GPUs alone. GPUs do not limit members
    /// without any: <see cref="int.MaxValue"/>, or 0 where there is no schedulable node.
    /// </summary>
    public int Capacity(int domain, int group, int gpus)
    {
        if (!TryFindRow(domain, group, out var row) || _nodes[row] == 0)
            return 0;
        return gpus == 0 ? int.MaxValue : FreeCounts.Capacity(AtLeast(row), gpus);
    }

    /// <summary>Whether the domain can hold the need by its free GPUs alone, packed as <see cref="GpuPacking"/> says.</summary>
    public bool Holds(int domain, int group, in GpuNeed need)
        => TryFindRow(domain, group, out var row) && _nodes[row] > 0 && FreeCounts.Cover(AtLeast(row), need)
            && (need.IsChain || GpuPacking.Remnants(AtLeast(row), need) != GpuPacking.DoesNotFit);

    /// <summary>The domains that can hold the need by their free GPUs, in the order in which they are to be tried.</summary>
    /// <param name="maxTier">Highest tier of a domain; only <see cref="TopologyTree.RootTier"/> lets the gang span the root.</param>
    /// <param name="within">Only this domain and those below it.</param>
    public DomainSearch Search(int group, in GpuNeed need, int maxTier = TopologyTree.RootTier, int within = TopologyTree.Root)
        => new(this, group, need, maxTier, within);

    // The two chains of rows are of one length, and walked side by side neither waits for the other's next link.
    private void Climb(int any, int row, int fromFree, int toFree)
    {
        var change = new FreeChange(fromFree, toFree);
        ref var counts = ref MemoryMarshal.GetArrayDataReference(_atLeast);
        ref var ceilings = ref MemoryMarshal.GetArrayDataReference(_ceilings);
        var links = _links;
        while (any >= 0)
        {
            var (anyLink, rowLink) = (links[any], links[row]);
            change.Apply(ref counts, any, ref ceilings, anyLink.Segment);
            change.Apply(ref counts, row, ref ceilings, rowLink.Segment);
            (any, row) = (anyLink.Parent, rowLink.Parent);
        }
    }

    private void Enlist(int any, int row, int nodes)
    {
        for (; any >= 0; (any, row) = (_links[any].Parent, _links[row].Parent))
        {
            _nodes[any] += nodes;
            _nodes[row] += nodes;
        }
    }
}
