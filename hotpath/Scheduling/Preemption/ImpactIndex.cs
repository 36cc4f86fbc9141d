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

    /// <summary>The column for a shape. Uses the plan's memory.</summary>
    /// <param name="seconds">For <see cref="ImpactColumn.At"/>.</param>
    public ImpactColumn For(ClusterState state, in Preemptor by, in Shape shape, out int seconds)
    {
        var size = shape.WholeGpus;
        _columns[by.Level * Sizes + size] ??= new ImpactColumn();
        var column = Known(by, shape, out seconds);
        var reference = ReferenceAfter(by.At);
        PassOn(state);
        if (!ReferenceEquals(column.Rules, state.Tenancy.Policy.Preemption) || column.Reference != reference)
        {
            (column.Rules, column.Reference) = (state.Tenancy.Policy.Preemption, reference);
            for (var node = 0; node < state.Nodes.End; node++)
                column.Dirty.Mark(node);
        }
        column.Reserve(state.Nodes.End);
        Refresh(state, column, by with { At = reference, OwnSet = -1, Rough = true }, size);
        return column;
    }

    /// <summary>The same, of a state that did not change since.</summary>
    public ImpactColumn Known(in Preemptor by, in Shape shape, out int seconds)
    {
        seconds = (int)((ReferenceAfter(by.At) - by.At) / 1000);
        return _columns[by.Level * Sizes + shape.WholeGpus]!;
    }

    /// <summary>The same for whole GPUs, in the order of the network domains.</summary>
    public DomainColumn KnownByDomain(NodeTable nodes, in Preemptor by, in Shape shape, out int seconds)
    {
        var column = Known(by, shape, out seconds);
        column.ByDomain ??= new DomainColumn(column, shape.WholeGpus);
        column.ByDomain.Follow(nodes);
        return column.ByDomain;
    }

    private static long ReferenceAfter(long at) => (at / (ImpactColumn.MaxSeconds * 1000L) + 1) * ImpactColumn.MaxSeconds * 1000L;

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
        }
    }

    private void Refresh(ClusterState state, ImpactColumn column, in Preemptor by, int size)
    {
        victims.Begin(state, by);
        seats.Begin(state.Nodes.End);
        var shape = new Shape(size, NodeTable.WholeGpu, 0, 0, GroupSet.Any);
        for (var node = column.Dirty.Next(0); node >= 0; node = column.Dirty.Next(node))
        {
            var cost = size == 0 ? search.Cheapest(state, node) : search.Cost(state, node, shape, 1);
            column.Set(node, cost, cost < 0 ? 0 : search.Growth());
            column.ByDomain?.Set(state.Nodes, node);
        }
    }
}
