namespace Pipeline.Scheduling.Model;

/// <summary>What is known of a node beside its <see cref="NodeRow"/>: no placement looks at it.</summary>
internal struct NodeFacts
{
    /// <summary>Number of the run that holds the node out of scheduling, or 0.</summary>
    public long QuarantinedBy;

    /// <summary>Leaf switch, or -1.</summary>
    public int Leaf;

    public bool Reachable;

    /// <summary>Cordoned by a person or a foreign controller.</summary>
    public bool ForeignCordon;

    public ZoneRole Zone;
}
