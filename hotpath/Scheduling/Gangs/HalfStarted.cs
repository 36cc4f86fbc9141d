using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Placement;

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
    public static int Dissolve(ClusterState state, int set, EffectBuffer effects)
    {
        var (assumed, gang) = (0, state.Sets[set]);
        for (var left = gang.Count; left > 0; left--)
        {
            var slot = state.Sets[set].First;
            var row = state.Workloads[slot];
            var node = state.Nodes.NameOf(row.Node);
            assumed += row.AssumedUntil != 0 ? 1 : 0;
            effects.Add(row.AssumedUntil != 0
                ? new Effect.AssumptionExpired(row.Node, row.Id)
                : new Effect.Evict(row.Node, node, row.Id, row.Name, EvictionReason.GangBroken, gang.Id, gang.Gang!.Name, ""));
            Ledger.Strike(state, slot);
        }
        return assumed;
    }
}
