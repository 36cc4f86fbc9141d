using System.Collections.Immutable;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>Carries out the evictions of a plan.</summary>
internal static class Displacement
{
    /// <summary>Takes the plan's victims out of the model and has them told why and for whom they go.</summary>
    public static Evictions Evict(ClusterState state, in Beneficiary beneficiary, long now, EffectBuffer effects)
    {
        var victims = state.Preemption.Victims;
        var evicted = ImmutableArray.CreateBuilder<Victim>(victims.Count);
        for (var unit = 0; unit < victims.Count; unit++)
        {
            if (victims[unit].Dropped)
                continue;
            if (!victims[unit].Breaks)
            {
                evicted.Add(Strike(state, victims[unit].Slot, beneficiary, EvictionReason.Preempted, now, effects));
                continue;
            }
            // The set goes with its last member, and members that went singly are gone already or follow.
            var set = victims[unit].Set;
            for (var left = state.Sets[set].Count; left > 0; left--)
            {
                var slot = state.Sets[set].First;
                evicted.Add(Strike(state, slot, beneficiary, ReasonOf(state, slot), now, effects));
            }
        }
        return new Evictions(evicted.DrainToImmutable(), Impact.GpuSeconds(victims.Cost));
    }

    /// <summary>The plan's victims, who stay where they are.</summary>
    public static Evictions Planned(ClusterState state, long now)
    {
        var victims = state.Preemption.Victims;
        var planned = ImmutableArray.CreateBuilder<Victim>();
        // A member that was taken singly before its gang broke is in the plan twice.
        var known = new HashSet<int>();
        for (var unit = 0; unit < victims.Count; unit++)
        {
            if (victims[unit].Dropped)
                continue;
            var slot = victims[unit].Breaks ? state.Sets[victims[unit].Set].First : victims[unit].Slot;
            for (; slot >= 0; slot = victims[unit].Breaks ? state.Workloads.NextInSet(slot) : -1)
            {
                if (known.Add(slot))
                    planned.Add(VictimOf(state, state.Workloads[slot], now));
            }
        }
        return new Evictions(planned.DrainToImmutable(), Impact.GpuSeconds(victims.Cost));
    }

    /// <summary>Has the workload told why and for whom it goes, and charges it to its disruption budget. It keeps its place in the model.</summary>
    public static void Tell(ClusterState state, in WorkloadRow row, EvictionReason reason, in Beneficiary beneficiary, EffectBuffer effects)
    {
        effects.Add(new Effect.Evict(
            row.Node, state.Nodes.NameOf(row.Node), row.Id, row.Name, reason, beneficiary.Id, beneficiary.Name, beneficiary.Actor));
        if (row.Traits.Budget >= 0)
            state.Budgets.Take(row.Traits.Budget, row.Id);
    }

    // Where the plan has no seat, a member goes only because others of its gang do.
    private static EvictionReason ReasonOf(ClusterState state, int slot)
        => state.Preemption.Seats.FirstOn(state.Workloads[slot].Node) >= 0 ? EvictionReason.Preempted : EvictionReason.GangBroken;

    private static Victim Strike(
        ClusterState state, int slot, in Beneficiary beneficiary, EvictionReason reason, long now, EffectBuffer effects)
    {
        var row = state.Workloads[slot];
        Departing.Begin(state, slot, reason, beneficiary, now, effects);
        return VictimOf(state, row, now);
    }

    private static Victim VictimOf(ClusterState state, in WorkloadRow row, long now)
        => new(row.Id, row.Name, state.Nodes.NameOf(row.Node), Impact.GpuSeconds(Impact.Of(row, state.Tenancy.Policy.Preemption, now)));
}
