using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// An immutable picture of the model after a batch. Readers share it freely; nothing in it changes any more. Pages that did not
/// change are the same objects as in the snapshot before.
/// </summary>
public sealed class ClusterSnapshot(long sequence, long at, RepairState repair)
{
    private PageTree<NodePage> NodePages { get; init; } = PageTree<NodePage>.Empty;

    private PageTree<WorkloadPage> WorkloadPages { get; init; } = PageTree<WorkloadPage>.Empty;

    private MetaPart Meta { get; init; } = new(0, 0);

    private GroupsPart GroupNames { get; init; } = new([]);

    private DemandMixPart Mix { get; init; } = new(-1, new DemandMixImage(0, 0, 0, 0, UsualRatio.None, UsualRatio.None, [], []));

    private NameMap Names { get; init; } = new(0);

    /// <summary>Sequence number of the last command that it holds.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Time of that command, Unix milliseconds.</summary>
    public long At { get; } = at;

    public RepairState Repair { get; } = repair;

    public int NodeCount => Meta.Nodes;

    public int WorkloadCount => Meta.Workloads;

    /// <summary>Machine group names by index.</summary>
    public ImmutableArray<string> Groups => GroupNames.Names;

    /// <summary>The nodes in the order of their indices.</summary>
    public IEnumerable<NodeView> Nodes()
    {
        foreach (var page in NodePages.Pages())
        {
            for (var rows = page.Rows; rows != 0; rows &= rows - 1)
                yield return new NodeView(this, page, BitOperations.TrailingZeroCount(rows));
        }
    }

    public bool TryFindNode(string name, out NodeView node)
    {
        node = default;
        return Names.TryFind(this, name, out var index) && TryGetNode(index, out node);
    }

    /// <summary>False when no node has that index.</summary>
    public bool TryGetNode(int index, out NodeView node)
    {
        var page = index < 0 ? null : NodePages[index / NodeTable.PageSize];
        var row = index % NodeTable.PageSize;
        var found = page != null && (page.Rows & (1UL << row)) != 0;
        node = found ? new NodeView(this, page!, row) : default;
        return found;
    }

    /// <summary>The workloads in the order of their slots.</summary>
    public IEnumerable<WorkloadView> Workloads()
    {
        foreach (var page in WorkloadPages.Pages())
        {
            for (var row = 0; row < page.Rows.Length; row++)
            {
                if (page.Rows[row].Id != 0)
                    yield return new WorkloadView(page.Rows[row], page.Index * WorkloadTable.PageSize + row);
            }
        }
    }

    /// <summary>The workloads of a node of this snapshot, the newest first.</summary>
    public IEnumerable<WorkloadView> WorkloadsOf(NodeView node)
    {
        for (var slot = node.FirstWorkload; slot >= 0;)
        {
            var page = WorkloadPages[slot / WorkloadTable.PageSize]!;
            var row = slot % WorkloadTable.PageSize;
            yield return new WorkloadView(page.Rows[row], slot);
            slot = page.Next[row];
        }
    }

    /// <summary>The checkpoint image: what <see cref="ClusterState.Restore"/> takes. A part that became empty is left out.</summary>
    public IEnumerable<ImagePart> Parts()
    {
        yield return Meta;
        yield return GroupNames;
        yield return Mix;
        foreach (var page in NodePages.Pages())
            yield return page;
        foreach (var page in WorkloadPages.Pages())
            yield return page;
        foreach (var part in Repair.Parts())
            yield return part;
    }

    /// <summary>A hash of the image's content: equal states hash alike in any process.</summary>
    public ulong ImageHash() => Snapshots.ImageHash.Of(Parts());

    /// <summary>The next snapshot: dirty pages copied, the others shared.</summary>
    internal ClusterSnapshot Next(ClusterState state, long sequence, long at)
    {
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        return new ClusterSnapshot(sequence, at, state.Repair)
        {
            NodePages = NodePages.With(nodes.Dirty, nodes.CopyPage),
            WorkloadPages = WorkloadPages.With(workloads.Dirty, workloads.CopyPage),
            Meta = (Meta.Nodes, Meta.Workloads) == (nodes.Count, workloads.Count) ? Meta : new MetaPart(nodes.Count, workloads.Count),
            GroupNames = GroupNames.Names == nodes.Groups ? GroupNames : new GroupsPart(nodes.Groups),
            Mix = Mix.Version == nodes.Mix.Version ? Mix : new DemandMixPart(nodes.Mix.Version, nodes.Mix.Copy()),
            Names = Names.Membership == nodes.Membership ? Names : new NameMap(nodes.Membership),
        };
    }
}
