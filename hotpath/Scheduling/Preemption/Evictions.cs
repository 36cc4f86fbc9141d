using System.Collections.Immutable;

namespace Pipeline.Scheduling.Preemption;

/// <summary>Who goes for a placement, and what that costs.</summary>
/// <param name="Victims">A gang that breaks is here with all its members.</param>
/// <param name="Impact">GPU-seconds in all, with what the policy adds for each gang that breaks.</param>
public sealed record Evictions(ImmutableArray<Victim> Victims, long Impact)
{
    public static Evictions None { get; } = new([], 0);
}

/// <param name="Id">Workload id.</param>
/// <param name="Node">Name of the node that it leaves.</param>
/// <param name="Impact">GPU-seconds, rounded up.</param>
public readonly record struct Victim(ulong Id, string Name, string Node, long Impact);

/// <summary>The place of a workload on a node that others have yet to leave; it may start there when they are gone.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Evictions">Who was told to go for it just now.</param>
public sealed record Nomination(string Node, Evictions Evictions);
