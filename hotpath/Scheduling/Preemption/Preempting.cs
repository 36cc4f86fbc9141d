using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Preemption;

/// <summary>Who gets the place of others.</summary>
/// <param name="Id">Workload or gang id.</param>
/// <param name="Actor">Who asked, may be empty.</param>
internal readonly record struct Beneficiary(ulong Id, string Name, string Actor);

/// <summary>
/// Places by evicting others what found no place. The whole is planned before anything changes, so nobody is evicted for a placement
/// that then fails, and a plan that comes to nothing leaves no trace. Each answers null when no victims would help.
/// </summary>
internal static class Preempting
{
    public static Reply? Seat(
        ClusterState state, in Beneficiary beneficiary, in Shape shape, in WorkloadTraits traits, NodeSet? candidates, long now, EffectBuffer effects)
    {
        if (!state.Workloads.HasRoomFor(1) || !SinglePreemption.TryPlan(state, shape, traits, candidates, now))
            return null;
        var seat = state.Preemption.Seats[0];
        var evictions = Displacement.Evict(state, beneficiary, now, effects);
        var set = traits.Service == 0 ? -1 : state.Sets.Ensure(SetKind.Service, traits.Service, null);
        var gpus = GpusOf(state, seat);
        Ledger.Enter(state, Placer.RowFor(state, beneficiary.Id, beneficiary.Name, shape, traits, seat.Node, gpus, now + Placer.LongAssumptionLife, set));
        return new Reply(Outcome.Done, seat.Node, gpus, true, new Nomination(state.Nodes.NameOf(seat.Node), evictions));
    }

    /// <summary>Who would have to go so that the workload fits on one of the candidates.</summary>
    public static Reply Plan(ClusterState state, PlanEvictionsCommand command, long now)
    {
        if (Demand.Problem(command.Shape) is { } shape)
            return Reply.Invalid(shape);
        if (Demand.Problem(command.Traits) is { } traits)
            return Reply.Invalid(traits);
        if (!Entry.IsAllowed(state, command.Shape.Groups, command.Traits))
            return Entry.Refusal(state, command.Shape.Groups, command.Traits);
        if (!SinglePreemption.TryPlan(state, command.Shape, command.Traits, command.Candidates, now))
            return Reply.Of(Outcome.NoFit);
        var node = state.Preemption.Seats[0].Node;
        return new Reply(Outcome.Unchanged, node, 0, false, new Nomination(state.Nodes.NameOf(node), Displacement.Planned(state, now)));
    }

    /// <summary>After the same gang found no free place. Nobody is evicted for elastic members.</summary>
    public static Reply? SeatGang(ClusterState state, GangSpec gang, GangNodes? candidates, string actor, long now, EffectBuffer effects)
    {
        if (!state.Workloads.HasRoomFor(state.Gangs.Missing.Count) || !GangPreemption.TryPlan(state, gang, candidates, now))
            return null;
        var seats = state.Preemption.Seats;
        var evictions = Displacement.Evict(state, new Beneficiary(gang.Id, gang.Name, actor), now, effects);
        var set = state.Sets.Ensure(SetKind.Gang, gang.Id, null);
        for (var at = 0; at < seats.Count; at++)
        {
            var (seat, (_, _, workload)) = (seats[at], state.Gangs.Missing[seats[at].Member]);
            var row = Placer.RowFor(state, workload, gang.Name, seat.Shape, gang.Traits, seat.Node, GpusOf(state, seat), now + Placer.LongAssumptionLife, set);
            Ledger.Enter(state, row);
        }
        return Reply.Of(Outcome.Done, GangPlacer.Settle(state, gang) with { Evictions = evictions });
    }

    private static uint GpusOf(ClusterState state, in PlannedSeat seat)
    {
        if (seat.Gpu >= 0)
            return 1u << seat.Gpu;
        var (open, seats) = (state.Nodes.OpenGpus(seat.Node), state.Preemption.Seats);
        // The plan has promised these to shares.
        for (var other = seats.FirstOn(seat.Node); other >= 0; other = seats[other].Next)
            open &= seats[other].Gpu < 0 ? uint.MaxValue : ~(1u << seats[other].Gpu);
        return GpuChoice.Whole(open, seat.Shape.GpuCount);
    }
}
