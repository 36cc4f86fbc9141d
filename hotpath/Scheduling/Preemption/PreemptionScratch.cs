namespace Pipeline.Scheduling.Preemption;

/// <summary>Working memory of preemption, kept for the next decision, and the columns that tell where to look.</summary>
internal sealed class PreemptionScratch
{
    public PreemptionScratch()
    {
        Search = new NodeVictims(Victims, Seats);
        Index = new ImpactIndex(Victims, Seats, Search);
    }

    public VictimSet Victims { get; } = new();

    public PlannedSeats Seats { get; } = new();

    public NodeVictims Search { get; }

    public ImpactIndex Index { get; }

    /// <summary>Nodes by what a place on them costs.</summary>
    public PriorityQueue<int, CostRank> Nodes { get; } = new();

    /// <summary>Domains by what a sub-group in them costs; one may be there several times.</summary>
    public PriorityQueue<int, CostRank> Domains { get; } = new();

    public DomainPrices Prices { get; } = new();

    /// <summary>Where a gang may go.</summary>
    public List<DomainOffer> Offers { get; } = [];

    /// <summary>Starts an empty plan.</summary>
    public void Begin(ClusterState state, in Preemptor by)
    {
        Victims.Begin(state, by);
        Seats.Begin(state.Nodes.End);
    }

    /// <summary>Drops every victim without which the plan's seats fit all the same.</summary>
    public void Minimize(ClusterState state)
    {
        for (var unit = Victims.Count - 1; unit >= 0; unit--)
        {
            if (!Victims.CanDrop(unit))
                continue;
            Victims.Drop(unit);
            if (!Hold(state, Victims[unit]))
                Victims.Restore(unit);
        }
    }

    /// <summary>The seats fit on the nodes that the unit's workloads are on.</summary>
    private bool Hold(ClusterState state, in VictimUnit unit)
    {
        if (!unit.Breaks)
            return Holds(state, state.Workloads[unit.Slot].Node);
        for (var slot = state.Sets[unit.Set].First; slot >= 0; slot = state.Workloads.NextInSet(slot))
        {
            if (!Holds(state, state.Workloads[slot].Node))
                return false;
        }
        return true;
    }

    private bool Holds(ClusterState state, int node)
    {
        if (Seats.FirstOn(node) < 0)
            return true;
        Search.Room.Look(state, Victims, Seats, node);
        return Search.Room.Holds;
    }
}

/// <param name="Cost">Thousandths of a GPU-second.</param>
/// <param name="Number">Of the node or domain: of equal costs the lowest goes first.</param>
internal readonly record struct CostRank(long Cost, int Number) : IComparable<CostRank>
{
    public int CompareTo(CostRank other) => Cost != other.Cost ? Cost.CompareTo(other.Cost) : Number.CompareTo(other.Number);
}
