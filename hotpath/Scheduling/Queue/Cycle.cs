using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Queue;

/// <summary>
/// One pass through the queue: always the job with the highest priority next, of several the one that came first. A job that does
/// not fit sets its whole class aside, so the pass costs as much as its placements and one vain attempt for each class. Then the
/// first of those left get nodes that wait with them (<see cref="Holds"/>).
/// </summary>
internal static class Cycle
{
    public static Reply Run(ClusterState state, ScheduleCommand command, long now, EffectBuffer effects)
    {
        if (command.MaxPlacements is < 1 or > 65_536)
            return Reply.Invalid($"MaxPlacements: {command.MaxPlacements} is not between 1 and 65536.");
        var (pending, heads, book) = (state.Pending, state.Heads, state.Reservations);
        heads.Clear();
        state.Unplaced.Clear();
        Holds.Prune(state);
        for (var index = 0; index < pending.ClassEnd; index++)
        {
            if (pending.ClassAt(index).Key != null)
                Push(state, index, now);
        }
        var placed = 0;
        while (placed < command.MaxPlacements && heads.TryPop(out var index))
        {
            var slot = pending.ClassAt(index).First;
            var last = pending.ClassAt(index).Count == 1;
            if (!TryPlace(state, slot, now, effects))
                continue;
            placed++;
            if (!last)
                Push(state, index, now);
        }
        Holds.Plan(state, now);
        return Reply.Of(placed > 0 || !ReferenceEquals(book, state.Reservations) ? Outcome.Done : Outcome.Unchanged, placed);
    }

    /// <summary>The priority of a waiting job now, see <see cref="Priorities"/>.</summary>
    public static long PriorityOf(ClusterState state, int slot, long now)
    {
        var job = state.Pending[slot];
        return state.Pending.ClassAt(state.Pending.ClassOf(slot)).Base
            + Priorities.Record(state.Tenancy, job.Traits.Project, now)
            + Priorities.Waiting(state.Tenancy.Policy.Priority, job.SubmittedAt, now);
    }

    private static void Push(ClusterState state, int index, long now)
    {
        var slot = state.Pending.ClassAt(index).First;
        state.Heads.Push(new JobHead(PriorityOf(state, slot, now), state.Pending[slot].Sequence, index));
    }

    private static bool TryPlace(ClusterState state, int slot, long now, EffectBuffer effects)
    {
        var job = state.Pending[slot];
        var reply = job.Gang is { } gang
            ? GangPlacer.Seat(state, gang, now)
            : Placer.Seat(state, job.Id, job.Name, job.Shape, job.Traits, now);
        if (reply.Outcome == Outcome.NoFit && job.MayPreempt)
            reply = Preempt(state, job, now, effects) ?? reply;
        if (reply.Outcome != Outcome.Done)
        {
            state.Unplaced.Add(new Unplaced(slot, reply.Outcome));
            return false;
        }
        state.Pending.Remove(slot);
        if (reply.Detail is GangPlacement placement)
        {
            GangPlacer.Learn(state, job.Gang!);
            foreach (var seat in placement.Seats)
                effects.Add(new Effect.Placed(seat.NodeIndex, seat.Node, seat.Workload, seat.Gpus));
        }
        else
        {
            state.Nodes.Learn(job.Shape);
            effects.Add(new Effect.Placed(reply.Node, reply.NodeName!, job.Id, reply.GpuMask));
        }
        return true;
    }

    private static Reply? Preempt(ClusterState state, PendingJob job, long now, EffectBuffer effects)
        => job.Gang is { } gang
            ? Preempting.SeatGang(state, gang, job.Actor, now, effects)
            : Preempting.Seat(state, new Beneficiary(job.Id, job.Name, job.Actor), job.Shape, job.Traits, now, effects);
}
