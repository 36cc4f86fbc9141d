using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>What the engine is asked, and what its answers mean.</content>
internal sealed partial class PendingBook
{
    /// <summary>What the engine must be asked now, in the order of arrival. Where one goes may change where the next may: of those only one is asked for.</summary>
    /// <param name="deferred">Those that are to be asked for when that is known.</param>
    public IReadOnlyList<Question> Questions(ClusterSnapshot snapshot, out int deferred)
    {
        lock (_lock)
        {
            deferred = 0;
            var oneOf = new HashSet<ulong>();
            var questions = _leaving.ConvertAll(command => new Question(command));
            _leaving.Clear();
            GiveBackMisplaced(questions);
            var asked = new HashSet<ClusterGang>();
            AskForChangedGangs(questions, snapshot, asked);
            foreach (var entry in _order)
            {
                if (entry.Stage != Stage.Ask)
                    continue;
                if (GangOf(entry.Workload.Id) is { } gang)
                    AskForGang(questions, snapshot, gang, asked);
                else if (WorkloadCommands.ProblemOf(snapshot, entry.Workload) is { Length: > 0 } problem)
                    Refuse(entry, problem);
                else if (entry.Workload.Nodes is { IsChangedByPlacing: true } filter && !oneOf.Add(filter.Id))
                    deferred++;
                else
                    questions.Add(Ask(entry, snapshot));
            }

            return questions;
        }
    }

    /// <summary>Nothing has happened since that makes the question needless.</summary>
    public bool IsOpen(Question question)
    {
        lock (_lock)
        {
            if (question.GivesBack != 0)
                return Find(question.GivesBack) is { Stage: < Stage.Placed };
            return question.Workload is not { } workload || (Find(workload.Id) is { Stage: Stage.Ask } entry && entry.Workload == workload);
        }
    }

    /// <returns>Commands that undo what came too late.</returns>
    public IReadOnlyList<Command> Answer(Question question, in Reply reply)
    {
        lock (_lock)
        {
            return question switch
            {
                { Gang: { } gang } => AnswerGang(gang, (PlaceGangCommand)question.Command, reply),
                { Workload: { } workload } => AnswerWorkload(workload, reply),
                _ => [],
            };
        }
    }

    private static Question Ask(PendingWorkload entry, ClusterSnapshot snapshot)
    {
        var command = WorkloadCommands.PlaceOf(snapshot, entry.Workload);
        (entry.Project, entry.Profile) = (command.Traits.Project, ProfileClaim.ProfileOf(snapshot, entry.Workload));
        return new Question(command, entry.Workload);
    }

    private IReadOnlyList<Command> AnswerWorkload(ClusterWorkload workload, in Reply reply)
    {
        if (Find(workload.Id) is not { Stage: Stage.Ask } entry || entry.Workload != workload)
        {
            var isNeedless = _pending.ContainsKey(workload.Id) || _boundMeanwhile.ContainsKey(workload.Id) || (reply.Node < 0 && reply.Outcome != Outcome.Queued);
            return isNeedless ? [] : [new ReleaseCommand { Workload = workload.Id }];
        }
        if (reply.Detail is Nomination nomination)
        {
            Nominate(entry, nomination.Node, reply.GpuMask);
        }
        else if (reply.Node >= 0)
        {
            if (MayBeOn(workload, reply.NodeName!))
                Place(entry, reply.NodeName!, reply.GpuMask);
            else
                return [new ReleaseCommand { Workload = workload.Id }];
        }
        else if (reply.Outcome == Outcome.Queued)
            Become(entry, Stage.Waiting);
        else
            Refuse(entry, ReasonOf(reply));
        // What the engine has under the id is from before the policy named its project; the cluster says that nothing came of it.
        return reply.Outcome == Outcome.AlreadyExists ? [new ReleaseCommand { Workload = workload.Id }] : [];
    }

    // Nodes are named to the engine by index, and another one may have got the index since, or the labels may have changed on the way.
    private static bool MayBeOn(ClusterWorkload workload, string node) => workload.Nodes?.Admitted() is not { } nodes || nodes.Contains(node);

    private static string ReasonOf(in Reply reply) => reply.Detail as string ?? reply.Outcome.ToString();

    private void Refuse(PendingWorkload entry, string reason)
    {
        if (entry.Refusal != reason)
            refused(entry.Workload, reason);
        Become(entry, Stage.Refused);
        entry.Refusal = reason;
    }
}
