using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>
/// An immutable picture of the model after a batch. Readers share it freely; nothing in it changes any more. Pages that did not
/// change are the same objects as in the snapshot before.
/// </summary>
public sealed class ClusterSnapshot(long sequence, long at, RepairState repair)
{
    private PageTree<NodePage> NodePages { get; init; } = PageTree<NodePage>.Empty;

    private PageTree<WorkloadPage> WorkloadPages { get; init; } = PageTree<WorkloadPage>.Empty;

    private PageTree<SetPage> SetPages { get; init; } = PageTree<SetPage>.Empty;

    private PageTree<MeterPage> MeterPages { get; init; } = PageTree<MeterPage>.Empty;

    private PageTree<PendingPage> PendingPages { get; init; } = PageTree<PendingPage>.Empty;

    private PageTree<EpisodePage> EpisodePages { get; init; } = PageTree<EpisodePage>.Empty;

    private ImmutableSortedDictionary<ulong, NodeSelection> Selections { get; init; } = ImmutableSortedDictionary<ulong, NodeSelection>.Empty;

    private TopologyPart Domains { get; init; } = new(TopologyTree.Flat);

    private BudgetsPart BudgetTable { get; init; } = new(0, new object(), [], []);

    private DeparturesPart Leaving { get; init; } = new(Departures.None);

    private MetaPart Meta { get; init; } = new(0, 0, 0, 0, 1);

    private TenancyPart Tenancy { get; init; } = new(SchedulingPolicy.Open, [""]);

    private GroupsPart GroupNames { get; init; } = new(MachineGroups.None);

    private DemandMixPart Mix { get; init; } = new(-1, new DemandMixImage(0, 0, 0, 0, UsualRatio.None, UsualRatio.None, [], []));

    private NameMap Names { get; init; } = new(0);

    /// <summary>Sequence number of the last command that it holds.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Time of that command, Unix milliseconds.</summary>
    public long At { get; } = at;

    public RepairState Repair { get; } = repair;

    /// <summary>The calendar, and the nodes that wait with jobs of the queue.</summary>
    public ReservationBook Reservations { get; private init; } = ReservationBook.Empty;

    public int NodeCount => Meta.Nodes;

    public int WorkloadCount => Meta.Workloads;

    /// <summary>Machine group names by index, for showing them; who looks for one looks in <see cref="GroupNaming"/>.</summary>
    public ImmutableArray<string> Groups => GroupNaming.Names;

    /// <summary>The same object as long as every index means the same machine group, and the same of them are there.</summary>
    public MachineGroups GroupNaming => GroupNames.Groups;

    /// <summary>Project names by index; the first is empty and stands for none.</summary>
    public ImmutableArray<string> Projects => Tenancy.Projects;

    public SchedulingPolicy Policy => Tenancy.Policy;

    public TopologyTree Topology => Domains.Tree;

    /// <summary>Disruption budgets by index; one that is forgotten has no name.</summary>
    public ImmutableArray<Budget> Budgets => BudgetTable.Budgets;

    /// <summary>The same object as long as every index of <see cref="Budgets"/> means the same name, of one that is there or of one that is gone.</summary>
    public object BudgetNaming => BudgetTable.Naming;

    /// <summary>Workloads that were told to go and have not gone, by id; they have no place any more.</summary>
    public IEnumerable<ulong> Departing => Leaving.Departures.All.Select(departure => departure.Row.Id);

    /// <summary>The workload was told to go and has not gone.</summary>
    public bool IsDeparting(ulong workload) => Leaving.Departures.Has(workload);

    /// <summary>Jobs in the queue.</summary>
    public int PendingCount => Meta.Pending;

    /// <summary>The jobs of the queue, in no particular order.</summary>
    public IEnumerable<PendingJob> Pending()
    {
        foreach (var page in PendingPages.Pages())
        {
            for (var row = 0; row < PendingTable.PageSize; row++)
            {
                if (page.JobAt(row) is { } job)
                    yield return job;
            }
        }
    }

    /// <summary>The gangs of which a member has a place and what was asked for is known, in no particular order.</summary>
    public IEnumerable<GangSpec> Gangs() => SetPages.Pages().SelectMany(page => page.Rows).Where(set => set.Kind == SetKind.Gang).Select(set => set.Gang).OfType<GangSpec>();

    /// <summary>The episodes of alerts that are remembered, in no particular order.</summary>
    public IEnumerable<Episode> Episodes() => EpisodePages.Pages().SelectMany(page => page.Episodes);

    /// <summary>Another number for each set of nodes: a node's index means the same node in all snapshots that have the same.</summary>
    public long Membership => Names.Membership;

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
        return TryFindNode(name, out int index) && TryGetNode(index, out node);
    }

    /// <summary>Finds a node's index without making a string of its name.</summary>
    public bool TryFindNode(ReadOnlySpan<char> name, out int index) => Names.Of(this).TryFind(name, out index);

    /// <param name="name">In UTF-8.</param>
    public bool TryFindNode(ReadOnlySpan<byte> name, out int index) => Names.Of(this).TryFind(name, out index);

    /// <summary>False when no node has that index.</summary>
    public bool TryGetNode(int index, out NodeView node)
    {
        var page = index < 0 ? null : NodePages[index / NodeTable.PageSize];
        var row = index % NodeTable.PageSize;
        var found = page != null && (page.Rows & (1UL << row)) != 0;
        node = found ? new NodeView(this, page!, row) : default;
        return found;
    }

    /// <summary>What has become of the nodes since an earlier snapshot of the same model. Costs what has changed, not what there is.</summary>
    public NodeChanges NodesChangedSince(ClusterSnapshot earlier)
    {
        var changes = new NodeChanges();
        foreach (var (before, now) in NodePages.ChangedSince(earlier.NodePages))
        {
            if (now != null)
                changes.AddChanged(this, earlier, now, before);
            if (before != null)
                changes.AddRemoved(this, before, now);
        }
        return changes;
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

    /// <summary>The workload has these GPUs of the node, and nobody has to leave the node first.</summary>
    public bool MayStart(ulong workload, string node, uint gpus)
        => TryFindNode(node, out var holder) && Leaving.Departures.IsClear(holder.Index)
        && WorkloadsOf(holder).Any(placed => placed.Id == workload && placed.GpuMask == gpus);

    /// <summary>The checkpoint image: what <see cref="ClusterState.Restore"/> takes. A part that became empty is left out.</summary>
    public IEnumerable<ImagePart> Parts()
    {
        yield return Meta;
        yield return GroupNames;
        yield return Tenancy;
        yield return Domains;
        yield return BudgetTable;
        if (Leaving.Departures.Count > 0)
            yield return Leaving;
        foreach (var page in PendingPages.Pages())
            yield return page;
        foreach (var selection in Selections.Values)
            yield return new SelectionPart(selection);
        foreach (var page in MeterPages.Pages())
            yield return page;
        foreach (var page in SetPages.Pages())
            yield return page;
        yield return Mix;
        foreach (var page in NodePages.Pages())
            yield return page;
        foreach (var page in WorkloadPages.Pages())
            yield return page;
        foreach (var part in Repair.Parts())
            yield return part;
        foreach (var episode in Episodes())
            yield return RepairParts.Of(episode);
        foreach (var part in ReservationParts.Of(Reservations))
            yield return part;
    }

    /// <summary>A hash of the image's content: equal states hash alike in any process.</summary>
    public ulong ImageHash() => Snapshots.ImageHash.Of(Parts());

    /// <summary>The next snapshot: dirty pages copied, the others shared.</summary>
    internal ClusterSnapshot Next(ClusterState state, long sequence, long at)
    {
        var (nodes, workloads, sets, tenancy) = (state.Nodes, state.Workloads, state.Sets, state.Tenancy);
        return new ClusterSnapshot(sequence, at, state.Repair)
        {
            Reservations = state.Reservations,
            NodePages = NodePages.With(nodes),
            WorkloadPages = WorkloadPages.With(workloads),
            SetPages = SetPages.With(sets),
            MeterPages = MeterPages.With(tenancy.Meters),
            PendingPages = PendingPages.With(state.Pending),
            Selections = state.Pending.Selections.All,
            EpisodePages = EpisodePages.With(state.Episodes),
            Domains = ReferenceEquals(Domains.Tree, nodes.Topology) ? Domains : new TopologyPart(nodes.Topology),
            BudgetTable = BudgetTable.Version == state.Budgets.Version ? BudgetTable : BudgetsPart.Of(state.Budgets),
            Leaving = ReferenceEquals(Leaving.Departures, state.Departures.Current) ? Leaving : new DeparturesPart(state.Departures.Current),
            Meta = Meta.Says(state) ? Meta : MetaPart.Of(state),
            Tenancy = ReferenceEquals(Tenancy.Policy, tenancy.Policy) && Tenancy.Projects == tenancy.Projects ? Tenancy : new TenancyPart(tenancy.Policy, tenancy.Projects),
            GroupNames = ReferenceEquals(GroupNames.Groups, nodes.Naming) ? GroupNames : new GroupsPart(nodes.Naming),
            Mix = Mix.Version == nodes.Mix.Version ? Mix : new DemandMixPart(nodes.Mix.Version, nodes.Mix.Copy()),
            Names = Names.Membership == nodes.Membership ? Names : new NameMap(nodes.Membership),
        };
    }
}
