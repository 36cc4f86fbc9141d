using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;

namespace Pipeline.Scheduling;

/// <summary>What time alone brings about.</summary>
internal static class Sweeper
{
    public static Reply Sweep(ClusterState state, long now, EffectBuffer effects)
    {
        var (repair, book, caused) = (state.Repair, state.Reservations, effects.Count);
        var expired = ExpireAssumptions(state, now, effects);
        ReservationSweep.Run(state, now, effects);
        var counts = RepairEngine.Sweep(state, now, effects);
        var changed = expired > 0 || effects.Count > caused || !ReferenceEquals(repair, state.Repair) || !ReferenceEquals(book, state.Reservations);
        return Reply.Of(changed ? Outcome.Done : Outcome.Unchanged, counts with { TimedOut = counts.TimedOut + expired });
    }

    private static int ExpireAssumptions(ClusterState state, long now, EffectBuffer effects)
    {
        var workloads = state.Workloads;
        // Members run out together, and what is left of their gang without them does not change as they go.
        var (expired, kept) = (0, -1);
        while (workloads.FirstAssumed is >= 0 and var slot && workloads[slot].AssumedUntil <= now)
        {
            if (workloads[slot].Set != kept && HalfStarted.IsLeftBy(state, slot, now))
            {
                expired += HalfStarted.Dissolve(state, workloads[slot].Set, effects);
                continue;
            }
            kept = workloads[slot].Set;
            effects.Add(new Effect.AssumptionExpired(workloads[slot].Node, workloads[slot].Id));
            Ledger.Strike(state, slot);
            expired++;
        }
        return expired;
    }
}
