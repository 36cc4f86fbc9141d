using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>Members of a gang are gathered until enough are there, and asked for as one.</content>
internal sealed partial class PendingBook
{
    private readonly Dictionary<ulong, ClusterGang> _gangs = [];
    private readonly Dictionary<ulong, ClusterGang> _gangOf = [];
    private readonly List<ClusterGang> _changed = [];

    private ClusterGang? GangOf(ulong workload) => _gangOf.GetValueOrDefault(workload);

    private ClusterGang? JoinGang(ClusterWorkload workload)
    {
        if (workload.Labels.Gang is null)
        {
            QuitGang(workload.Id);
            return null;
        }

        var (id, name) = ClusterGang.KeyOf(workload);
        if (GangOf(workload.Id) is { } other && other.Id != id)
            QuitGang(workload.Id);
        if (!_gangs.TryGetValue(id, out var gang))
            _gangs.Add(id, gang = new ClusterGang(id, name));
        gang.Members[workload.Id] = workload;
        return _gangOf[workload.Id] = gang;
    }

    private void EnterGang(ClusterWorkload workload)
    {
        if (JoinGang(workload) is not { } gang)
            return;
        gang.Pending++;
        CallBack(gang);
    }

    private void QuitGang(ulong workload)
    {
        if (!_gangOf.Remove(workload, out var gang))
            return;
        gang.Members.Remove(workload);
        if (gang.Queued)
            _changed.Add(gang);
        else if (gang.Members.Count == 0)
            _gangs.Remove(gang.Id);
    }

    /// <summary>The engine's queue has the gang, which was not known here.</summary>
    private void NoteQueued(PendingJob job)
    {
        if (!_gangs.TryGetValue(job.Id, out var gang))
            _gangs.Add(job.Id, gang = new ClusterGang(job.Id, job.Name));
        if (gang.Queued)
            return;
        (gang.Queued, gang.Project) = (true, job.Traits.Project);
        _changed.Add(gang);
    }

    private void AskForChangedGangs(List<Question> questions, ClusterSnapshot snapshot, HashSet<ClusterGang> asked)
    {
        foreach (var gang in _changed)
            AskForGang(questions, snapshot, gang, asked);
        _changed.Clear();
    }

    private void AskForGang(List<Question> questions, ClusterSnapshot snapshot, ClusterGang gang, HashSet<ClusterGang> asked)
    {
        if (!asked.Add(gang))
            return;
        if (!gang.IsGathered)
        {
            foreach (var entry in Unplaced(gang.Members.Keys))
                Become(entry, Stage.Gathering);
            if (gang.Queued)
                questions.Add(new Question(Withdrawal(gang)));
            if (gang.Members.Count == 0)
                _gangs.Remove(gang.Id);
            return;
        }

        // A job keeps the project under which it was queued, so it must leave the queue first.
        if (gang.Queued && gang.Project != WorkloadCommands.ProjectIndexOf(snapshot, gang.Members.First().Value))
            questions.Add(new Question(Withdrawal(gang)));
        var problem = ProblemOf(snapshot, gang);
        if (problem.Length > 0)
        {
            // A description from before would be placed all the same.
            if (gang.Queued)
                questions.Add(new Question(Withdrawal(gang)));
            RefuseGang(gang, problem);
        }
        else
        {
            foreach (var entry in Unplaced(gang.Members.Keys))
                entry.Profile = ProfileClaim.ProfileOf(snapshot, entry.Workload);
            questions.Add(new Question(WorkloadCommands.PlaceOf(snapshot, gang, wait: true), Gang: gang));
        }
    }

    /// <summary>The first problem of a member.</summary>
    private static string ProblemOf(ClusterSnapshot snapshot, ClusterGang gang)
        => gang.Members.Values.Select(member => WorkloadCommands.ProblemOf(snapshot, member)).FirstOrDefault(problem => problem.Length > 0, "");

    private List<Command> AnswerGang(ClusterGang gang, PlaceGangCommand asked, in Reply reply)
    {
        var followUps = new List<Command>();
        var members = asked.Gang.Roles.SelectMany(role => role.Members);
        if (reply.Detail is GangPlacement placement)
        {
            (gang.Queued, gang.Project) = (false, asked.Gang.Traits.Project);
            foreach (var seat in placement.Seats)
            {
                if (Find(seat.Workload) is { Stage: < Stage.Placed } entry && MayBeOn(entry.Workload, seat.Node))
                    Seat(entry, seat, placement.Nominated);
                else if (Find(seat.Workload) is { Stage: < Stage.Placed } misplaced && Become(misplaced, Stage.Ask))
                    followUps.Add(new ReleaseCommand { Workload = seat.Workload });
                else if (!_gangOf.ContainsKey(seat.Workload))
                    followUps.Add(new ReleaseCommand { Workload = seat.Workload });
            }

            // Members beyond the fewest that must start together have left the queue with the others.
            foreach (var entry in Unplaced(members).Where(entry => entry.Stage != Stage.Nominated))
                Become(entry, Stage.Ask);
        }
        else if (reply.Outcome == Outcome.Queued)
        {
            // All its members may have gone meanwhile, and others come under its name.
            if (!_gangs.TryAdd(gang.Id, gang))
                gang = _gangs[gang.Id];
            (gang.Queued, gang.Project) = (true, asked.Gang.Traits.Project);
            if (!members.All(_gangOf.ContainsKey))
                _changed.Add(gang);
            foreach (var entry in Unplaced(members))
                Become(entry, Stage.Waiting);
        }
        else
        {
            RefuseGang(gang, ReasonOf(reply));
            // A description from before would be placed all the same.
            if (gang.Queued)
                followUps.Add(Withdrawal(gang));
        }

        return followUps;
    }

    private void Seat(PendingWorkload entry, in GangSeat seat, bool nominated)
    {
        if (nominated)
            Nominate(entry, seat.Node, seat.Gpus);
        else
            Place(entry, seat.Node, seat.Gpus);
    }

    private void RefuseGang(ClusterGang gang, string reason)
    {
        foreach (var entry in Unplaced(gang.Members.Keys))
            Refuse(entry, reason);
    }

    /// <summary>Takes the gang out of the queue. What runs of it, or may already, stays where it is, and others with it that are on their way.</summary>
    private ReleaseGangCommand Withdrawal(ClusterGang gang)
    {
        gang.Queued = false;
        return new ReleaseGangCommand { Gang = gang.Id, QueuedOnly = gang.Members.Values.Any(member => member.Node.Length > 0 || Find(member.Id) is { IsKept: true }) };
    }

    private List<PendingWorkload> Unplaced(IEnumerable<ulong> members)
        => [.. members.Select(Find).OfType<PendingWorkload>().Where(entry => entry.Stage < Stage.Placed)];
}
