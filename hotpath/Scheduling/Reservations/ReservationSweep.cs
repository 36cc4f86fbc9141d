using System.Collections.Immutable;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Reservations;

/// <summary>What time does to reservations: they end, get their nodes together, drain them, and begin.</summary>
internal static class ReservationSweep
{
    /// <summary>Blocks mended in one sweep; each search looks at the nodes of a group, and a broad outage must not make one sweep long.</summary>
    private const int MaxMends = 64;

    public static void Run(ClusterState state, long now, EffectBuffer effects)
    {
        Holds.Prune(state);
        if (state.Reservations.Live.IsEmpty)
            return;
        var byStart = state.Reservations.ByStart();
        // Those that end first: the others may need their nodes.
        foreach (var reservation in byStart)
        {
            if (reservation.End <= now)
                Bookkeeping.Close(state, reservation, ReservationState.Ended);
        }
        var broken = TurnsOfBroken(state, byStart, now);
        foreach (var reservation in byStart)
        {
            if (reservation.End > now)
                Advance(state, reservation, now, broken, effects);
        }
    }

    /// <summary>
    /// The blocks that are not whole, and whether it is their turn to be mended. Where they are too many for one sweep each takes others: those
    /// that cannot be mended must not keep the rest from it.
    /// </summary>
    private static Dictionary<ulong, bool> TurnsOfBroken(ClusterState state, IReadOnlyList<Reservation> byStart, long now)
    {
        var broken = byStart.Where(reservation => reservation.End > now && !Mending.IsWhole(state, reservation)).ToList();
        var first = broken.Count <= MaxMends ? 0 : (int)(Rotation.At(now) % (uint)broken.Count);
        return broken.Index().ToDictionary(entry => entry.Item.Id, entry => (entry.Index - first + broken.Count) % broken.Count < MaxMends);
    }

    private static void Advance(ClusterState state, Reservation before, long now, Dictionary<ulong, bool> broken, EffectBuffer effects)
    {
        var after = !broken.TryGetValue(before.Id, out var mend) ? before with { Short = 0 } : mend ? Mending.Mend(state, before, now) : before;
        after = after with { State = StateAt(state, before, now) };
        Bookkeeping.Change(state, before, after);
        if (after.State == ReservationState.Active)
            Clearing.TakeOver(state, after, now, effects);
        else if (after.State == ReservationState.Draining)
            Clearing.Tell(state, after, before.State == ReservationState.Draining ? before.Nodes : ImmutableArray<int>.Empty, now, effects);
    }

    private static ReservationState StateAt(ClusterState state, Reservation reservation, long now)
    {
        var drain = state.Tenancy.Policy.Reservations.DrainSeconds * 1000L;
        var at = now >= reservation.Start ? ReservationState.Active
            : now >= reservation.Start - drain ? ReservationState.Draining
            : ReservationState.Scheduled;
        // A policy that drains later than the one before takes nothing back.
        return at > reservation.State ? at : reservation.State;
    }
}
