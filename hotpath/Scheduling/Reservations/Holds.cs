using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;

namespace Pipeline.Scheduling.Reservations;

/// <summary>
/// The bound on starvation: a job that is first in the queue, does not fit and has waited long enough gets nodes that wait with it. What
/// runs there ends, what begins there ends before the job is to start, so the job starts once the longest run there is over.
/// </summary>
/// <remarks>
/// Let R be the longest run time, W the time after which a waiting job is ahead of every later one
/// (<see cref="Tenancy.Priorities.LongestOvertaking"/>), H the time to wait for a hold and C the time between cycles, at least
/// <see cref="PlanEvery"/>. A job that fits the empty cluster within its quota, with n jobs ahead of it after W, starts within
/// W + H + (n + 1)(2R + C), as long as no reservation takes the nodes and none of those is ever lost: R until the last has left them,
/// and R once more because they may be changed once. Where all say how long they run nothing is changed, and the bound has R in place of 2R.
/// </remarks>
internal static class Holds
{
    /// <summary>Milliseconds between two times that holds are thought about: an estimate looks at every workload, a cycle must not.</summary>
    public const long PlanEvery = 10_000;

    /// <summary>Estimates made at one time, since each may show that the job can never fit.</summary>
    private const int MaxEstimates = 64;

    /// <summary>Lets go of nodes whose job does not wait any longer.</summary>
    public static void Prune(ClusterState state)
    {
        foreach (var hold in state.Reservations.Holds)
        {
            if (!TryFind(state, hold, out _))
                Bookkeeping.SetHolds(state, state.Reservations.Holds.Remove(hold));
        }
    }

    /// <summary>After a cycle: looks the holds over, and gives new ones to the first jobs that did not fit.</summary>
    public static void Plan(ClusterState state, long now)
    {
        Prune(state);
        var rules = state.Tenancy.Policy.Reservations;
        var waitedLong = state.Unplaced.FindIndex(left => IsCandidate(state, left, rules.HoldAfterSeconds, now)) >= 0;
        if ((state.Reservations.Holds.IsEmpty && !(waitedLong && rules.MaxHolds > 0)) || now < state.Reservations.Counters.PlannedAt + PlanEvery)
            return;
        Bookkeeping.Planned(state, now);
        if (state.Reservations.Holds.Length > rules.MaxHolds)
            Bookkeeping.SetHolds(state, state.Reservations.Holds[..rules.MaxHolds]);
        foreach (var hold in state.Reservations.Holds)
            Review(state, hold, now);
        var estimates = MaxEstimates;
        foreach (var left in state.Unplaced)
        {
            if (state.Reservations.Holds.Length >= rules.MaxHolds || estimates == 0)
                return;
            if (!IsCandidate(state, left, rules.HoldAfterSeconds, now) || IsHeld(state, JobKey.Of(state.Pending[left.Slot])))
                continue;
            estimates--;
            if (For(state, left.Slot, now) is { } hold)
                Bookkeeping.SetHolds(state, state.Reservations.Holds.Add(hold));
        }
    }

    private static void Review(ClusterState state, Hold hold, long now)
    {
        TryFind(state, hold, out var slot);
        var (job, overQuota) = (state.Pending[slot], state.Unplaced.Contains(new Unplaced(slot, Outcome.OverQuota)));
        var kept = overQuota ? StartEstimate.Never("") : EarliestStart.Of(state, job, now, hold.Nodes);
        if (kept.Nodes.IsEmpty || IsInVain(state, slot, kept, now))
            Bookkeeping.SetHolds(state, state.Reservations.Holds.Remove(hold));
        // Nodes are changed at most once, from a start that nobody knows to a known one: a job that always found better ones
        // would never get what it waits for.
        else if (!hold.Known && !kept.Known && EarliestStart.Of(state, job, now) is { Known: true } better)
            Bookkeeping.SetHolds(state, state.Reservations.Holds.Replace(hold, HoldFor(job, better, now)));
    }

    private static Hold? For(ClusterState state, int slot, long now)
    {
        var job = state.Pending[slot];
        var estimate = EarliestStart.Of(state, job, now);
        return estimate.Nodes.IsEmpty || IsInVain(state, slot, estimate, now) ? null : HoldFor(job, estimate, now);
    }

    // By the estimate it fits now, and the cycle has just found that it does not: what is in its way is not on the nodes, which would
    // wait idle without end.
    private static bool IsInVain(ClusterState state, int slot, StartEstimate estimate, long now)
        => estimate.Known && estimate.At <= now && state.Unplaced.Contains(new Unplaced(slot, Outcome.NoFit));

    private static Hold HoldFor(PendingJob job, StartEstimate estimate, long now)
        => new(job.Id, job.Gang != null, estimate.Nodes, estimate.Known ? estimate.At : now, estimate.Known);

    private static bool IsCandidate(ClusterState state, Unplaced left, int holdAfterSeconds, long now)
        => left.Outcome == Outcome.NoFit && now - state.Pending[left.Slot].SubmittedAt >= holdAfterSeconds * 1000L;

    /// <summary>Nodes wait with the job.</summary>
    public static bool IsHeld(ClusterState state, JobKey job)
    {
        foreach (var hold in state.Reservations.Holds)
        {
            if (hold.Key == job)
                return true;
        }
        return false;
    }

    /// <summary>The job in the queue with which the nodes wait.</summary>
    public static bool TryFind(ClusterState state, Hold hold, out int slot)
        => hold.IsGang ? state.Pending.TryFindGang(hold.Job, out slot) : state.Pending.TryFindWorkload(hold.Job, out slot);
}

/// <summary>A job that a cycle left in the queue, and why.</summary>
internal readonly record struct Unplaced(int Slot, Outcome Outcome);
