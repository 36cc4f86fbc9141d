using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>
/// What the cluster lists as pending, and how far each workload is. It decides nothing: it says what the engine must be asked so that
/// its queue holds just these, and which places the cluster must be told. Everything in it follows from a listing and can be asked for
/// again, so nothing is lost when it forgets. Several threads may call.
/// </summary>
/// <param name="refused">Told once when the engine does not take a workload, with its reason.</param>
internal sealed partial class PendingBook(Action<ClusterWorkload, string> refused)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, LinkedListNode<PendingWorkload>> _pending = [];
    private readonly LinkedList<PendingWorkload> _order = new();
    private readonly List<Command> _leaving = [];
    private int _placed;
    private SchedulingPolicy? _policy;
    private int _groups;

    /// <summary>Workloads that are not bound.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>Workloads that have a place which the cluster must be told.</summary>
    public int PlacedCount
    {
        get
        {
            lock (_lock)
                return _placed;
        }
    }

    public bool Has(ulong workload)
    {
        lock (_lock)
            return _pending.ContainsKey(workload);
    }

    /// <summary>The cluster lists it as pending.</summary>
    public void Add(ClusterWorkload workload)
    {
        lock (_lock)
            AddPending(workload);
    }

    /// <summary>The cluster has it no more. Its release is the caller's.</summary>
    public void Remove(ulong workload)
    {
        lock (_lock)
        {
            Drop(workload);
            QuitGang(workload);
        }
    }

    /// <summary>Begins anew from a listing. What waits in the engine's queue for the cluster and is not in the listing leaves it.</summary>
    /// <param name="snapshot">The model after it was told what is bound.</param>
    public void Replace(IReadOnlyList<ClusterWorkload> listed, ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            _pending.Clear();
            _order.Clear();
            _gangs.Clear();
            _gangOf.Clear();
            _changed.Clear();
            _leaving.Clear();
            _placed = 0;
            foreach (var workload in listed)
            {
                if (workload.Node.Length == 0)
                    AddPending(workload);
                else
                    JoinGang(workload);
            }

            var known = listed.Select(workload => workload.Id).ToHashSet();
            foreach (var job in snapshot.Pending().Where(job => job.Actor == WorkloadCommands.Actor))
            {
                if (job.Gang is null && !known.Contains(job.Id))
                    _leaving.Add(new ReleaseCommand { Workload = job.Id });
                else if (job.Gang is not null)
                    IsQueued(job);
            }
        }
    }

    /// <summary>What the engine must be asked now, in the order of arrival.</summary>
    public IReadOnlyList<Question> Questions(ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            var questions = _leaving.ConvertAll(command => new Question(command));
            _leaving.Clear();
            var asked = new HashSet<ClusterGang>();
            AskForChangedGangs(questions, snapshot, asked);
            foreach (var entry in _order)
            {
                if (entry.Stage != Stage.Ask)
                    continue;
                if (GangOf(entry.Workload.Id) is { } gang)
                    AskForGang(questions, snapshot, gang, asked);
                else if (WorkloadCommands.AsksForUnknownGroup(snapshot, entry.Workload))
                    Refuse(entry, $"there is no machine group '{entry.Workload.Group}'");
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
            return question.Workload is not { } workload || Find(workload.Id)?.Stage == Stage.Ask;
    }

    /// <returns>Commands that undo what came too late.</returns>
    public IReadOnlyList<Command> Answer(Question question, in Reply reply, ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            return question switch
            {
                { Gang: { } gang } => AnswerGang(gang, (PlaceGangCommand)question.Command, reply, snapshot),
                { Workload: { } workload } => AnswerWorkload(workload, reply),
                _ => [],
            };
        }
    }

    /// <summary>The engine has found a place for a workload that waited.</summary>
    /// <returns>False when it does not wait here.</returns>
    public bool Placed(ulong workload, string node, uint gpus)
    {
        lock (_lock)
        {
            if (GangOf(workload) is { } gang)
                gang.Queued = false;
            return Find(workload) is { Stage: Stage.Ask or Stage.Waiting or Stage.Gathering } entry && Place(entry, node, gpus);
        }
    }

    /// <summary>The engine has taken the place back before the cluster was told.</summary>
    /// <returns>True when it must be asked again.</returns>
    public bool Expired(ulong workload)
    {
        lock (_lock)
            return Find(workload) is { Stage: Stage.Waiting or Stage.Placed } entry && Become(entry, Stage.Ask);
    }

    /// <summary>Places to tell the cluster, and those that it may know already. They are <see cref="Stage.Binding"/> until it has answered.</summary>
    public IReadOnlyList<Placement> TakePlaced()
    {
        lock (_lock)
        {
            var placements = new List<Placement>(_placed);
            foreach (var entry in _order)
            {
                if (entry.Stage is not (Stage.Placed or Stage.Unsure))
                    continue;
                placements.Add(new Placement(entry.Workload, entry.Place!, entry.Stage == Stage.Unsure));
                Become(entry, Stage.Binding);
            }

            return placements;
        }
    }

    /// <summary>The cluster has it where the engine said.</summary>
    public void Bound(WorkloadBinding place)
    {
        lock (_lock)
        {
            if (Find(place.Workload) is not { } entry)
                return;
            Drop(place.Workload);
            if (GangOf(entry.Workload.Id) is { } gang)
                gang.Members[place.Workload] = entry.Workload with { Node = place.Node, GpuMask = place.GpuMask };
        }
    }

    /// <summary>The cluster has not taken it; the engine must be asked again.</summary>
    public void NotBound(ulong workload)
    {
        lock (_lock)
        {
            if (Find(workload) is { } entry)
                Become(entry, Stage.Ask);
        }
    }

    /// <summary>Nobody knows whether the cluster has taken it.</summary>
    public void Unsure(ulong workload)
    {
        lock (_lock)
        {
            if (Find(workload) is { } entry)
                Become(entry, Stage.Unsure);
        }
    }

    /// <summary>Compares the book with the engine: what waits here and not there is asked for again, and so is what a new policy or machine group may have changed.</summary>
    public void Recheck(ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            var rulesChanged = IsOutdatedBy(snapshot);
            (_policy, _groups) = (snapshot.Policy, snapshot.Groups.Length);
            var jobs = new HashSet<(bool Gang, ulong Id)>();
            foreach (var job in snapshot.Pending())
                jobs.Add((job.Gang is not null, job.Id));
            foreach (var entry in _order)
            {
                if (entry.Stage == Stage.Refused)
                    Become(entry, Stage.Ask);
                if (entry.Stage != Stage.Waiting)
                    continue;
                var gang = GangOf(entry.Workload.Id);
                if (!jobs.Contains(gang is null ? (false, entry.Workload.Id) : (true, gang.Id)))
                    Become(entry, Stage.Ask);
                else if (rulesChanged && ((gang?.Project ?? entry.Project) != WorkloadCommands.ProjectIndexOf(snapshot, entry.Workload) || !Admits(snapshot.Policy, entry.Workload)))
                    AskAnew(entry, gang);
            }
        }
    }

    /// <summary>The policy or the machine groups are others than at the last recheck.</summary>
    public bool IsOutdated(ClusterSnapshot snapshot)
    {
        lock (_lock)
            return IsOutdatedBy(snapshot);
    }

    private bool IsOutdatedBy(ClusterSnapshot snapshot) => !ReferenceEquals(_policy, snapshot.Policy) || _groups != snapshot.Groups.Length;

    private static bool Admits(SchedulingPolicy policy, ClusterWorkload workload)
        => policy.Projects.IsEmpty || policy.Projects.Any(project => project.Name == WorkloadCommands.ProjectOf(workload));

    // As for gangs, see there.
    private void AskAnew(PendingWorkload entry, ClusterGang? gang)
    {
        Become(entry, Stage.Ask);
        if (gang is null)
            _leaving.Add(new ReleaseCommand { Workload = entry.Workload.Id });
    }

    private static Question Ask(PendingWorkload entry, ClusterSnapshot snapshot)
    {
        var command = WorkloadCommands.PlaceOf(snapshot, entry.Workload);
        entry.Project = command.Traits.Project;
        return new Question(command, entry.Workload);
    }

    private IReadOnlyList<Command> AnswerWorkload(ClusterWorkload workload, in Reply reply)
    {
        if (Find(workload.Id) is not { Stage: Stage.Ask } entry)
            return _pending.ContainsKey(workload.Id) || (reply.Node < 0 && reply.Outcome != Outcome.Queued) ? [] : [new ReleaseCommand { Workload = workload.Id }];
        if (reply.Node >= 0)
            Place(entry, (string)reply.Detail!, reply.GpuMask);
        else if (reply.Outcome == Outcome.Queued)
            Become(entry, Stage.Waiting);
        else
            Refuse(entry, ReasonOf(reply));
        // What the engine has under the id is from before the policy named its project; the cluster says that nothing came of it.
        return reply.Outcome == Outcome.AlreadyExists ? [new ReleaseCommand { Workload = workload.Id }] : [];
    }

    private static string ReasonOf(in Reply reply) => reply.Detail as string ?? reply.Outcome.ToString();

    private void AddPending(ClusterWorkload workload)
    {
        if (_pending.ContainsKey(workload.Id))
            return;
        _pending.Add(workload.Id, _order.AddLast(new PendingWorkload(workload)));
        if (JoinGang(workload) is { } gang)
            gang.Pending++;
    }

    private PendingWorkload? Find(ulong workload) => _pending.TryGetValue(workload, out var node) ? node.Value : null;

    private void Drop(ulong workload)
    {
        if (!_pending.Remove(workload, out var node))
            return;
        // Whoever counts placed ones counts it no more.
        Become(node.Value, Stage.Ask);
        _order.Remove(node);
        if (GangOf(workload) is { } gang)
            gang.Pending--;
    }

    private bool Place(PendingWorkload entry, string node, uint gpus)
    {
        entry.Place = new WorkloadBinding(entry.Workload.Id, node, gpus);
        return Become(entry, Stage.Placed);
    }

    private void Refuse(PendingWorkload entry, string reason)
    {
        if (entry.Refusal != reason)
            refused(entry.Workload, reason);
        Become(entry, Stage.Refused);
        entry.Refusal = reason;
    }

    private bool Become(PendingWorkload entry, Stage stage)
    {
        _placed += (stage == Stage.Placed ? 1 : 0) - (entry.Stage == Stage.Placed ? 1 : 0);
        entry.Stage = stage;
        if (stage is not (Stage.Refused or Stage.Ask))
            entry.Refusal = "";
        return true;
    }
}
