namespace Pipeline.Scheduling.Model;

/// <summary>Whether a node may get workloads. Only <see cref="Healthy"/> nodes are in the placement index.</summary>
public enum NodeHealth : byte
{
    /// <summary>The slot holds no node.</summary>
    Absent = 0,
    Healthy = 1,

    /// <summary>Out of scheduling by a repair run.</summary>
    Quarantined = 2,

    /// <summary>Cordoned by a person or a foreign controller.</summary>
    Cordoned = 3,
    Unreachable = 4,
}
