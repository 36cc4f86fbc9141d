using System.Collections.Immutable;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Where the members of a gang are.</summary>
/// <param name="Seats">Members that have a place, in the order of the roles.</param>
/// <param name="Waiting">Elastic members that have none.</param>
public sealed record GangPlacement(ulong Gang, ImmutableArray<GangSeat> Seats, int Waiting)
{
    /// <summary>Others have yet to leave the places: its members may start when they are gone.</summary>
    public bool Nominated { get; init; }

    /// <summary>Who is evicted for it; null when nobody is.</summary>
    public Evictions? Evictions { get; init; }
}

/// <param name="Gpus">Bit i: GPU i of the node.</param>
public readonly record struct GangSeat(ulong Workload, int NodeIndex, string Node, uint Gpus);
