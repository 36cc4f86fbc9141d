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
/// not fit sets its whole class aside, so the pass costs as much as its placements and one vain attempt for each class. A job with a
/// hold is judged by itself: it alone may have the nodes that wait with it. Then the first of those left get such nodes
/// (<see cref="Holds"/>).
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
                Push(state, pending.ClassAt(index).First, now);
        }
        var (placed, waiting, turn) = (0, pending.Count, new Turn { IsFree = command.GivesTurn });
        foreach (var hold in book.Holds)
        {
            if (Holds.TryFind(state, hold, out var slot))
                PushJob(state, slot, ~slot, now);
        }
        while (placed < command.MaxPlacements && heads.TryPop(out var head))
        {
            var slot = head < 0 ? ~head : head;
            var next = head < 0 ? -1 : pending.NextInClass(slot);
            var reply = Place(state, slot, hasHold: head < 0, ref turn, now, effects);
            placed += reply.Outcome == Outcome.Done ? 1 : 0;
            // A gang with a member that is elsewhere says nothing of others like it.
            if (reply.Outcome is Outcome.Done or Outcome.Unchanged or Outcome.Conflict)
                Push(state, next, now);
        }
        Holds.Plan(state, now);
        return Reply.Of(pending.Count < waiting || !ReferenceEquals(book, state.Reservations) ? Outcome.Done : Outcome.Unchanged, new CycleResult(placed, turn.TakenBy));
    }

    /// <summary>The priority of a waiting job now, see <see cref="Priorities"/>.</summary>
    public static long PriorityOf(ClusterState state, int slot, long now)
    {
        var job = state.Pending[slot];
        return state.Pending.ClassAt(state.Pending.ClassOf(slot)).Base
            + Priorities.Record(state.Tenancy, job.Traits.Project, now)
            + Priorities.Waiting(state.Tenancy.Policy.Priority, job.SubmittedAt, now);
    }

    /// <summary>The first job of a class, from the slot on, that has no hold.</summary>
    /// <param name="slot">-1: the class has no more jobs.</param>
    private static void Push(ClusterState state, int slot, long now)
    {
        while (slot >= 0 && Holds.IsHeld(state, JobKey.Of(state.Pending[slot])))
            slot = state.Pending.NextInClass(slot);
        if (slot >= 0)
            PushJob(state, slot, slot, now);
    }

    private static void PushJob(ClusterState state, int slot, int head, long now)
        => state.Heads.Push(new JobHead(PriorityOf(state, slot, now), state.Pending[slot].Sequence, head));

    private static Reply Place(ClusterState state, int slot, bool hasHold, ref Turn turn, long now, EffectBuffer effects)
    {
        var (job, selections) = (state.Pending[slot], state.Pending.Selections);
        var mayPreempt = job.MayPreempt && (!job.InTurn || turn.IsFree) && (job.Gang is null || hasHold || turn.MayPlan(job, now));
        var reply = job.Gang is { } gang
            ? GangPlacer.Seat(state, gang, GangNodes.Of(job, selections), job.Actor, mayPreempt, now, effects)
            : Placer.Seat(state, new Beneficiary(job.Id, job.Name, job.Actor), job.Shape, job.Traits, selections.NodesOf(job), mayPreempt, now, effects);
        // Unchanged: the cluster has bound all members of the gang by itself.
        if (reply.Outcome is not (Outcome.Done or Outcome.Unchanged))
        {
            state.Unplaced.Add(new Unplaced(slot, reply.Outcome));
            turn.VainPlans += mayPreempt && reply.Outcome == Outcome.NoFit && job.Gang is not null ? 1 : 0;
            return reply;
        }
        state.Pending.Remove(slot);
        if (reply is { Outcome: Outcome.Done, Detail: GangPlacement placement })
        {
            if (placement.Evictions is not null && job.InTurn)
                (turn.IsFree, turn.TakenBy) = (false, state.Gangs.Missing[state.Preemption.Seats[0].Member].Workload);
            foreach (var seat in placement.Seats)
                Tell(seat, placement.Nominated, effects);
        }
        else if (reply.Outcome == Outcome.Done)
        {
            if (reply.Detail is Nomination && job.InTurn)
                (turn.IsFree, turn.TakenBy) = (false, job.Id);
            Tell(new GangSeat(job.Id, reply.Node, reply.NodeName!, reply.GpuMask), reply.Detail is Nomination, effects);
        }
        return reply;
    }

    private static void Tell(in GangSeat seat, bool nominated, EffectBuffer effects)
    {
        effects.Add(nominated
            ? new Effect.Nominated(seat.NodeIndex, seat.Node, seat.Workload)
            : new Effect.Placed(seat.NodeIndex, seat.Node, seat.Workload, seat.Gpus));
    }

    /// <summary>
    /// Whether a job that preempts <see cref="PendingJob.InTurn"/> may still do so in this cycle, and who has; and how many gangs had nobody to
    /// evict who would have helped.
    /// </summary>
    private struct Turn
    {
        // To find out takes milliseconds on a large cluster, for which nothing else is decided.
        private const int MostVainPlans = 16;

        public bool IsFree;
        public ulong TakenBy;
        public int VainPlans;

        /// <summary>After those, one in sixteen of the other gangs, which are others each time.</summary>
        public readonly bool MayPlan(PendingJob job, long now) => VainPlans < MostVainPlans || Rotation.At(job.Sequence + now) >> 28 == 0;
    }
}
