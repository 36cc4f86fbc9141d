using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Queue;

/// <summary>Jobs come into the queue and leave it without a place.</summary>
internal static class Waiting
{
    /// <param name="job">Its sequence number is given here.</param>
    /// <param name="refusal">Why it has no place now; the answer when the queue is full.</param>
    public static Reply Enqueue(ClusterState state, PendingJob job, in Reply refusal, EffectBuffer effects)
    {
        var (pending, noted) = (state.Pending, false);
        job = job with { Sequence = pending.NextSequence, Grows = job.Gang != null && state.Sets.TryFind(SetKind.Gang, job.Id, out _) };
        if (job.Gang != null && pending.TryFindGang(job.Id, out var known))
        {
            // A gang that is described anew keeps its turn.
            var before = pending[known];
            job = job with { Sequence = before.Sequence, SubmittedAt = before.SubmittedAt };
            if (SameBytes.Of(before, job, static (ref CommandWriter writer, PendingJob job) => job.Write(ref writer)))
                return Reply.Of(Outcome.Queued);
            noted = before.Traits.Urgent;
            pending.Remove(known);
        }
        if (pending.IsFull)
            return refusal with { Detail = $"The queue holds no more than {PendingTable.MaxJobs} jobs." };
        pending.Add(job, state.Tenancy.Policy);
        if (!noted)
            Entry.NoteUrgent(state, job.Id, job.Name, job.Traits, job.Actor, effects);
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
}
