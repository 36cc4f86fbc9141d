using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Reservations;

/// <summary>
/// The bound on starvation: a job that is first in the queue, does not fit and has waited long enough gets nodes that wait with it. What
/// runs there ends, what begins there ends before the job is to start, so the job starts once the longest run there is over.
/// </summary>
/// <remarks>
/// Let R be the longest run time, W the time after which a waiting job is ahead of every later one
/// (<see cref="Priorities.LongestOvertaking"/>), H the time to wait for a hold and C the time between cycles, at least
/// <see cref="PlanEvery"/>. A job that fits the empty cluster within its quota, with n jobs ahead of it after W, starts within
/// W + H + (n + 1)(2R + C), as long as no reservation takes the nodes and none of those is ever lost: R until the last has left them,
/// and R once more because they may be changed once. Where all say how long they run nothing is changed, and the bound has R in place of 2R.
/// In a large cluster C is as many times that as there are jobs ahead which get no hold, since estimates are made in turn.
/// </remarks>
internal static class Holds
{
    /// <summary>Milliseconds between two times that holds are thought about: an estimate looks at every workload, a cycle must not.</summary>
    public const long PlanEvery = 10_000;

    /// <summary>Estimates made at one time, since each may show that the job can never fit.</summary>
    private const int MaxEstimates = 64;

    /// <summary>
    /// Nodes and workloads after which the rest of the estimates waits for the next time, and goes on there where this one left off: together
    /// they would stop a large cluster for seconds.
    /// </summary>
    public const int MaxLooks = 50_000;

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
        if (state.Reservations.Holds.Length > rules.MaxHolds)
            Bookkeeping.SetHolds(state, state.Reservations.Holds[..rules.MaxHolds]);
        foreach (var hold in state.Reservations.Holds)
            Review(state, hold, now);
        Bookkeeping.Planned(state, now, EstimateInTurn(state, rules, now));
    }

    /// <summary>The job whose estimate was the last when there was no time for more; default: all had their turn, or the first have it again.</summary>
    private static JobKey EstimateInTurn(ClusterState state, ReservationRules rules, long now)
    {
        var (jobs, looks, estimates, last) = (state.Unplaced, MaxLooks, MaxEstimates, state.Reservations.Counters.Turn);
        var first = last == default ? 0 : jobs.FindIndex(left => JobKey.Of(state.Pending[left.Slot]) == last) + 1;
        for (var at = 0; at < jobs.Count; at++)
        {
            if (estimates == 0 || looks <= 0)
                return last;
            var left = jobs[(first + at) % jobs.Count];
            if (!Estimate(state, left, rules, now, ref looks, out var held))
                continue;
            // With a hold made, the turn is again with those that go first.
            (estimates, last) = (estimates - 1, held ? default : JobKey.Of(state.Pending[left.Slot]));
        }
        return default;
    }

    /// <summary>Makes the hold of a job, or a better one. False when there is nothing to estimate.</summary>
    private static bool Estimate(ClusterState state, Unplaced left, ReservationRules rules, long now, ref int looks, out bool held)
    {
        held = false;
        var job = state.Pending[left.Slot];
        if (Find(state, JobKey.Of(job)) is { } hold)
        {
            // Nodes are changed at most once, from a start that nobody knows to a known one: a job that always found better ones
            // would never get what it waits for.
            if (hold.Known || OnItsNodes(state, hold, now).Known)
                return false;
            if (EarliestStart.Of(state, job, now, default, ref looks) is { Known: true } better)
                Bookkeeping.SetHolds(state, state.Reservations.Holds.Replace(hold, HoldFor(job, better, now)));
            return true;
        }
        if (state.Reservations.Holds.Length >= rules.MaxHolds || !IsCandidate(state, left, rules.HoldAfterSeconds, now))
            return false;
        var estimate = EarliestStart.Of(state, job, now, default, ref looks);
        held = !estimate.Nodes.IsEmpty && !IsInVain(state, left.Slot, estimate, now);
        if (held)
            Bookkeeping.SetHolds(state, state.Reservations.Holds.Add(HoldFor(job, estimate, now)));
        return true;
    }

    private static void Review(ClusterState state, Hold hold, long now)
    {
        TryFind(state, hold, out var slot);
        if (state.Unplaced.Contains(new Unplaced(slot, Outcome.OverQuota)) || state.Unplaced.Contains(new Unplaced(slot, Outcome.Conflict))
            || OnItsNodes(state, hold, now) is var kept && (kept.Nodes.IsEmpty || IsInVain(state, slot, kept, now)))
            Bookkeeping.SetHolds(state, state.Reservations.Holds.Remove(hold));
    }

    // Costs little: the nodes of a hold are few.
    private static StartEstimate OnItsNodes(ClusterState state, Hold hold, long now)
    {
        TryFind(state, hold, out var slot);
        var looks = 0;
        return EarliestStart.Of(state, state.Pending[slot], now, hold.Nodes, ref looks);
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
    public static bool IsHeld(ClusterState state, JobKey job) => Find(state, job) is not null;

    private static Hold? Find(ClusterState state, JobKey job)
    {
        foreach (var hold in state.Reservations.Holds)
        {
            if (hold.Key == job)
                return hold;
        }
        return null;
    }

    /// <summary>The job in the queue with which the nodes wait.</summary>
    public static bool TryFind(ClusterState state, Hold hold, out int slot)
        => hold.IsGang ? state.Pending.TryFindGang(hold.Job, out slot) : state.Pending.TryFindWorkload(hold.Job, out slot);
}

/// <summary>A job that a cycle left in the queue, and why.</summary>
internal readonly record struct Unplaced(int Slot, Outcome Outcome);
