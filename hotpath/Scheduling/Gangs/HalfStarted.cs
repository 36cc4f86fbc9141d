using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Gangs;

/// <summary>
/// A gang of which too few members were bound in time gives all its places back: what holds GPUs and waits for others that may never
/// come is the deadlock that gangs exist to avoid.
/// </summary>
internal static class HalfStarted
{
    /// <summary>The assumption in the slot has run out, and without it and the others that have, the gang has fewer members than it needs.</summary>
    public static bool IsLeftBy(ClusterState state, int slot, long now)
    {
        var set = state.Workloads[slot].Set;
        if (set < 0 || state.Sets[set].Gang is not { } gang)
            return false;
        var left = 0;
        for (var member = state.Sets[set].First; member >= 0; member = state.Workloads.NextInSet(member))
            left += state.Workloads[member].AssumedUntil is var until && (until == 0 || until > now) ? 1 : 0;
        return left < gang.Needed;
    }

    /// <summary>Members that were bound are told to go. Returns how many were only assumed.</summary>
    public static int Dissolve(ClusterState state, int set, long now, EffectBuffer effects)
    {
        var (assumed, gang) = (0, state.Sets[set]);
        for (var left = gang.Count; left > 0; left--)
        {
            var slot = state.Sets[set].First;
            ref readonly var row = ref state.Workloads[slot];
            if (row.AssumedUntil == 0)
            {
                Departing.Begin(state, slot, EvictionReason.GangBroken, new Beneficiary(gang.Id, gang.Gang!.Name, ""), now, effects);
                continue;
            }
            effects.Add(new Effect.AssumptionExpired(row.Node, row.Id));
            Ledger.Strike(state, slot);
            assumed++;
        }
        return assumed;
    }
}
