using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Queue;

/// <summary>Jobs come into the queue and leave it without a place.</summary>
internal static class Waiting
{
    private static readonly string TooManySelections = $"The queue knows no more than {SelectionTable.MaxSelections} selections of nodes.";

    /// <param name="job">Its sequence number and selections are given here.</param>
    /// <param name="selections">On which nodes it may be, see <see cref="PendingJob.Selections"/>; null: on any.</param>
    /// <param name="refusal">Why it has no place now; the answer when the queue is full.</param>
    public static Reply Enqueue(ClusterState state, PendingJob job, ImmutableArray<NodeSelection?> selections, in Reply refusal, EffectBuffer effects)
    {
        var (pending, noted) = (state.Pending, false);
        var known = -1;
        var before = job.Gang != null && pending.TryFindGang(job.Id, out known) ? pending[known] : null;
        if (!pending.Selections.HasRoomFor(selections, before))
            return refusal with { Detail = TooManySelections };
        job = job with
        {
            Sequence = pending.NextSequence,
            Grows = job.Gang != null && state.Sets.TryFind(SetKind.Gang, job.Id, out _),
            Selections = [.. selections.Select(selection => selection?.Id ?? 0)],
        };
        if (before != null)
        {
            // A gang that is described anew keeps its turn.
            job = job with { Sequence = before.Sequence, SubmittedAt = before.SubmittedAt };
            if (SameBytes.Of(before, job, static (ref CommandWriter writer, PendingJob job) => job.Write(ref writer)))
                return Queued(pending.Selections.Set(selections));
            noted = before.Traits.Urgent;
            pending.Remove(known);
        }
        if (pending.IsFull)
            return refusal with { Detail = $"The queue holds no more than {PendingTable.MaxJobs} jobs." };
        pending.Selections.Set(selections);
        pending.Add(job, state.Tenancy.Policy);
        if (!noted)
            Entry.NoteUrgent(state, job.Id, job.Name, job.Traits, job.Actor, effects);
        return Queued(changed: true);
    }

    /// <summary>A job that waits is asked for again, now with these nodes and what else may have changed of it. It keeps its turn.</summary>
    public static Reply Repeat(ClusterState state, int slot, PlaceCommand command)
    {
        var (selection, traits) = (command.Selection, command.Traits);
        if (!state.Budgets.Knows(traits.Budget))
            return Entry.UnknownBudget(traits.Budget);
        var (pending, job) = (state.Pending, state.Pending[slot]);
        if (!pending.Selections.HasRoomFor([selection], job))
            return Reply.Of(Outcome.NoFit, TooManySelections);
        if (job.SelectionOf(0) == (selection?.Id ?? 0) && job.Traits == traits && (job.MayPreempt, job.InTurn) == (command.MayPreempt, command.InTurn))
            return Queued(pending.Selections.Set(selection));
        pending.Remove(slot);
        pending.Selections.Set(selection);
        job = job with { Traits = traits, MayPreempt = command.MayPreempt, InTurn = command.InTurn, Selections = [selection?.Id ?? 0] };
        pending.Add(job, state.Tenancy.Policy);
        return Queued(changed: true);
    }

    /// <summary>Other nodes for all jobs that wait under the name.</summary>
    public static Reply Select(ClusterState state, SelectNodesCommand command)
    {
        if (command.Selection.Problem is { } problem)
            return Reply.Invalid(problem);
        var selections = state.Pending.Selections;
        if (!selections.Has(command.Selection.Id))
            return Reply.Of(Outcome.NotFound, $"Selection: no job waits under {command.Selection.Id}.");
        return Reply.Of(selections.Set(command.Selection) ? Outcome.Done : Outcome.Unchanged);
    }

    /// <summary>The workload does not wait any longer.</summary>
    public static Reply Forget(ClusterState state, ulong workload)
    {
        if (!state.Pending.TryFindWorkload(workload, out var slot))
            return Reply.Of(Outcome.NotFound);
        state.Pending.Remove(slot);
        return Reply.Of(Outcome.Done);
    }

    private static Reply Queued(bool changed) => new(Outcome.Queued, -1, 0, changed, null);
}
