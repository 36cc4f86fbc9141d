using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Queue;

/// <summary>Jobs come into the queue and leave it without a place.</summary>
internal static class Waiting
{
    /// <param name="job">Its sequence number is given here.</param>
    /// <param name="refusal">Why it has no place now; the answer when the queue is full.</param>
    public static Reply Enqueue(ClusterState state, PendingJob job, in Reply refusal)
    {
        var pending = state.Pending;
        if (job.Gang != null && pending.TryFindGang(job.Id, out var known))
        {
            if (SameAs(pending[known], job))
                return new Reply(Outcome.Queued, -1, 0, false, null);
            // A gang that is described anew keeps its turn.
            job = job with { Sequence = pending[known].Sequence, SubmittedAt = pending[known].SubmittedAt };
            pending.Remove(known);
        }
        if (pending.IsFull)
            return refusal with { Detail = $"The queue holds no more than {PendingTable.MaxJobs} jobs." };
        pending.Add(job.Sequence == 0 ? job with { Sequence = pending.NextSequence } : job, state.Tenancy.Policy);
        return new Reply(Outcome.Queued, -1, 0, true, null);
    }

    /// <summary>The workload does not wait any longer.</summary>
    public static Reply Forget(ClusterState state, ulong workload)
    {
        if (!state.Pending.TryFindWorkload(workload, out var slot))
            return Reply.Of(Outcome.NotFound);
        state.Pending.Remove(slot);
        return Reply.Of(Outcome.Done);
    }

    private static bool SameAs(PendingJob one, PendingJob other)
        => SameBytes.Of(one, other with { Sequence = one.Sequence, SubmittedAt = one.SubmittedAt }, static (ref CommandWriter writer, PendingJob job) => job.Write(ref writer));
}
