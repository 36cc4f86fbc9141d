using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling;

/// <summary>What time alone brings about.</summary>
internal static class Sweeper
{
    public static Reply Sweep(ClusterState state, long now, EffectBuffer effects)
    {
        var (repair, book, caused) = (state.Repair, state.Reservations, effects.Count);
        var expired = Assumptions.Expire(state, now, effects, out var renewed);
        var leaving = Departing.Sweep(state, now, effects);
        ReservationSweep.Run(state, now, effects);
        var counts = RepairEngine.Sweep(state, now, effects);
        // Last: whatever else the sweep ends makes room in a quota.
        var repaid = Repayment.Sweep(state, now);
        state.Preemption.Index.Renew(state, now);
        var changed = expired + renewed > 0 || leaving || repaid || effects.Count > caused || !ReferenceEquals(repair, state.Repair) || !ReferenceEquals(book, state.Reservations);
        return Reply.Of(changed ? Outcome.Done : Outcome.Unchanged, counts with { TimedOut = counts.TimedOut + expired });
    }
}
