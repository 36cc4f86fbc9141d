using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Explain;

/// <summary>Answers <see cref="ExplainCommand"/>. Nothing is kept for it beforehand: decisions pay nothing for explanations nobody asks for.</summary>
internal static class Explainer
{
    public static Reply Explain(ClusterState state, ExplainCommand command, long now)
    {
        if ((command.Workload == 0) == (command.Gang == 0))
            return Reply.Invalid("Workload: name either a workload or a gang.");
        var pending = state.Pending;
        if (command.Gang != 0 ? pending.TryFindGang(command.Gang, out var slot) : pending.TryFindWorkload(command.Workload, out slot))
            return new Reply(Outcome.Unchanged, -1, 0, false, OfPending(state, slot, now));
        if (command.Gang != 0)
        {
            return state.Sets.TryFind(SetKind.Gang, command.Gang, out var set)
                ? new Reply(Outcome.Unchanged, -1, 0, false, PlacedFacts.OfGang(state, set)) : Unknown("Gang", command.Gang);
        }
        return state.Workloads.TryFind(command.Workload, out var workload)
            ? new Reply(Outcome.Unchanged, -1, 0, false, PlacedFacts.OfWorkload(state, workload)) : Unknown("Workload", command.Workload);
    }

    private static Reply Unknown(string field, ulong id) => Reply.Of(Outcome.NotFound, $"{field}: {id} neither waits nor has a place.");

    private static Explanation OfPending(ClusterState state, int slot, long now)
    {
        var job = state.Pending[slot];
        var survey = SurveyOf(state, job, now);
        var reasons = survey.Reasons(state, job);
        var remedies = job.Gang is { } gang ? GangRemedies.Of(state, job, gang, now, ref reasons) : WorkloadRemedies.Of(state, job, now);
        return new Explanation(true, PositionOf(state, slot, now), reasons, remedies, [], []);
    }

    /// <summary>Of a gang, the role that asks for the most GPUs of a node, or for which the fewest nodes have room where roles ask for nodes of their own; the first of several.</summary>
    private static NodeSurvey SurveyOf(ClusterState state, PendingJob job, long now)
    {
        if (job.Gang is not { } gang)
            return NodeSurvey.Of(state, job, 0, now);
        var roles = Enumerable.Range(0, gang.Roles.Length);
        return job.Selections.Length == 1
            ? NodeSurvey.Of(state, job, roles.MaxBy(role => gang.Roles[role].Shape.Milli), now)
            : roles.Select(role => NodeSurvey.Of(state, job, role, now)).MinBy(survey => survey.WithRoom)!;
    }

    private static long WaitingOf(ClusterState state, int slot, long now)
        => Priorities.Waiting(state.Tenancy.Policy.Priority, state.Pending[slot].SubmittedAt, now);

    /// <summary>Jobs that a cycle would look at before this one: in each class those in front whose priority is higher.</summary>
    private static int PositionOf(ClusterState state, int slot, long now)
    {
        var pending = state.Pending;
        var mine = new JobHead(Cycle.PriorityOf(state, slot, now), pending[slot].Sequence, 0);
        var ahead = 0;
        for (var index = 0; index < pending.ClassEnd; index++)
        {
            if (pending.ClassAt(index).Key is null)
                continue;
            var first = pending.ClassAt(index).First;
            // What a job of the class has beside its waiting.
            var common = Cycle.PriorityOf(state, first, now) - WaitingOf(state, first, now);
            for (var other = first; other >= 0; other = pending.NextInClass(other))
            {
                if (!new JobHead(common + WaitingOf(state, other, now), pending[other].Sequence, 0).GoesBefore(mine))
                    break;
                ahead++;
            }
        }
        return ahead;
    }
}
