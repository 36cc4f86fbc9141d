using System.Collections.Immutable;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Frees a block of the workloads of others.</summary>
internal static class Clearing
{
    /// <summary>Tells those to go that would not end by themselves before the start. They keep their places until then.</summary>
    /// <param name="known">Nodes of the block where that was done before.</param>
    public static void Tell(ClusterState state, Reservation reservation, ImmutableArray<int> known, long now, EffectBuffer effects)
    {
        foreach (var node in reservation.Nodes)
        {
            if (known.BinarySearch(node) >= 0)
                continue;
            for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
            {
                if (IsForeign(reservation, state.Workloads[slot]) && RunTime.EndOf(state.Workloads[slot], now) > reservation.Start)
                    Displacement.Tell(state, state.Workloads[slot], EvictionReason.ReservationStarts, BeneficiaryOf(reservation), effects);
            }
        }
    }

    /// <summary>
    /// Gives the places of all that are still there away: the start waits only until they have left.
    /// </summary>
    public static void TakeOver(ClusterState state, Reservation reservation, long now, EffectBuffer effects)
    {
        var broken = new List<ulong>();
        foreach (var node in reservation.Nodes)
        {
            for (int slot = state.Nodes.FirstWorkload(node), next; slot >= 0; slot = next)
            {
                next = state.Workloads.NextOnNode(slot);
                ref readonly var row = ref state.Workloads[slot];
                if (!IsForeign(reservation, row))
                    continue;
                if (row.Set >= 0 && state.Sets[row.Set] is { Kind: SetKind.Gang, Gang: not null } set)
                    broken.Add(set.Id);
                Departing.Begin(state, slot, EvictionReason.ReservationStarts, BeneficiaryOf(reservation), now, effects);
            }
        }
        foreach (var gang in broken)
            BreakUp(state, gang, reservation, now, effects);
    }

    private static void BreakUp(ClusterState state, ulong gang, Reservation reservation, long now, EffectBuffer effects)
    {
        if (!state.Sets.TryFind(SetKind.Gang, gang, out var set) || state.Sets[set].Count >= state.Sets[set].Gang!.Needed)
            return;
        for (var left = state.Sets[set].Count; left > 0; left--)
            Departing.Begin(state, state.Sets[set].First, EvictionReason.GangBroken, BeneficiaryOf(reservation), now, effects);
    }

    private static bool IsForeign(Reservation reservation, in WorkloadRow row)
        => row.Traits.Reservation != reservation.Id || row.Traits.Project != reservation.Request.Project;

    private static Beneficiary BeneficiaryOf(Reservation reservation) => new(reservation.Id, reservation.Request.Name, reservation.Actor);
}
