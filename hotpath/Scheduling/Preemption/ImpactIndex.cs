using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// Columns of costs by who preempts and for how much, each made when it is first asked for and brought up to date when it is asked for
/// again. What they hold follows from the state and the time alone, however they came about: a restored state chooses as the old one did.
/// </summary>
internal sealed class ImpactIndex(VictimSet victims, PlannedSeats seats, NodeVictims search)
{
    // No GPU or a share of one, then 1 to 16 GPUs: for a size taken as another, every node where only that one can be had would be planned in vain.
    private const int Sizes = 1 + NodeTable.MaxGpus;

    private readonly ImpactColumn?[] _columns = new ImpactColumn?[Preemptor.Levels * Sizes];
    private readonly RoomColumn?[] _rooms = new RoomColumn?[Preemptor.Levels];
    private readonly DirtyPages _overdue = new(1);

    /// <summary>The column for a shape. Uses the plan's memory.</summary>
    /// <param name="moment">For <see cref="ImpactColumn.At"/>.</param>
    public ImpactColumn For(ClusterState state, in Preemptor by, in Shape shape, out int moment)
    {
        var kind = KindOf(by, shape);
        var column = _columns[kind] ??= new ImpactColumn();
        PassOn(state);
        BringUpToDate(state, kind, by.At, column.Dirty);
        return Known(by, shape, out moment);
    }

    /// <summary>The same, of a state that did not change since.</summary>
    public ImpactColumn Known(in Preemptor by, in Shape shape, out int moment)
    {
        moment = ReferenceTimes.MomentOf(by.At / 1000);
        return _columns[KindOf(by, shape)]!;
    }

    /// <summary>The same for whole GPUs, in the order of the network domains.</summary>
    public DomainColumn KnownByDomain(NodeTable nodes, in Preemptor by, in Shape shape, out int moment)
    {
        var column = Known(by, shape, out moment);
        column.ByDomain ??= new DomainColumn(column, shape.WholeGpus);
        column.ByDomain.Follow(nodes);
        return column.ByDomain;
    }

    /// <summary>What nodes would have left.</summary>
    public RoomColumn RoomFor(ClusterState state, in Preemptor by)
    {
        var column = _rooms[by.Level] ??= new RoomColumn(by.Level, state.Nodes.End);
        PassOn(state);
        column.BringUpToDate(state);
        return column;
    }

    /// <summary>The same, of a state that did not change since.</summary>
    public RoomColumn KnownRoom(in Preemptor by) => _rooms[by.Level]!;

    /// <summary>Works out the nodes whose reference time has passed, so that no decision finds many of them. What has changed waits for a decision.</summary>
    /// <param name="at">Unix milliseconds.</param>
    public void Renew(ClusterState state, long at)
    {
        for (var kind = 0; kind < _columns.Length; kind++)
        {
            // Under other rules it is all new for who asks next.
            if (_columns[kind] is { } column && ReferenceEquals(column.Rules, state.Tenancy.Policy.Preemption))
                BringUpToDate(state, kind, at, _overdue);
        }
    }

    /// <summary>All nodes when the rules are others, else those whose reference time has passed.</summary>
    private static void MarkOverdue(ImpactColumn column, ClusterState state, long second, DirtyPages overdue)
    {
        var all = !ReferenceEquals(column.Rules, state.Tenancy.Policy.Preemption);
        for (var first = 0; first < state.Nodes.End; first += ReferenceTimes.Together)
        {
            if (!all && !ReferenceTimes.IsBetween(first, column.Second, second))
                continue;
            for (var node = first; node < Math.Min(first + ReferenceTimes.Together, state.Nodes.End); node++)
                overdue.Mark(node);
        }
        (column.Rules, column.Second) = (state.Tenancy.Policy.Preemption, second);
    }

    private static int KindOf(in Preemptor by, in Shape shape) => by.Level * Sizes + shape.WholeGpus;

    private void PassOn(ClusterState state)
    {
        for (var set = state.Sets.Touched.Next(0); set >= 0; set = state.Sets.Touched.Next(set))
        {
            for (var slot = state.Sets[set].Kind == SetKind.Gang ? state.Sets[set].First : -1; slot >= 0; slot = state.Workloads.NextInSet(slot))
                state.Nodes.Touched.Mark(state.Workloads[slot].Node);
        }
        for (var node = state.Nodes.Touched.Next(0); node >= 0; node = state.Nodes.Touched.Next(node))
        {
            foreach (var column in _columns)
                column?.Dirty.Mark(node);
            foreach (var column in _rooms)
                column?.Dirty.Mark(node);
        }
    }

    /// <summary>Works out those nodes and the overdue ones.</summary>
    private void BringUpToDate(ClusterState state, int kind, long at, DirtyPages nodes)
    {
        var (column, size, second, begun) = (_columns[kind]!, kind % Sizes, at / 1000, -1);
        column.Reserve(state.Nodes.End);
        MarkOverdue(column, state, second, nodes);
        seats.Begin(state.Nodes.End);
        var shape = new Shape(size, NodeTable.WholeGpu, 0, 0, GroupSet.Any);
        for (var node = nodes.Next(0); node >= 0; node = nodes.Next(node))
        {
            if (node / ReferenceTimes.Together != begun)
            {
                begun = node / ReferenceTimes.Together;
                victims.Begin(state, Preemptor.OfLevel(kind / Sizes, ReferenceTimes.Next(node, second) * 1000));
            }
            var cost = size == 0 ? search.Cheapest(state, node) : search.Cost(state, node, shape, 1);
            column.Set(node, cost, cost < 0 ? 0 : search.Growth());
            column.ByDomain?.Set(state.Nodes, node);
        }
    }
}
