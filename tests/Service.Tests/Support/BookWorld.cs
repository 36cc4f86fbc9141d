using System.Collections.Immutable;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>The book of pending workloads between a real engine and a cluster of a few lines, in one thread, with everything that can go wrong.</summary>
internal sealed class BookWorld
{
    private static readonly string[] NodeNames = ["a", "b", "c"];

    private static readonly SchedulingPolicy[] Policies =
    [
        SchedulingPolicy.Open,
        new SchedulingPolicy { Projects = [ProjectOf("team", -1)] },
        new SchedulingPolicy { Projects = [ProjectOf("other", 8_000), ProjectOf("team", 12_000)] },
    ];

    private readonly Random _random;
    private readonly ClusterState _state = new();
    private readonly EffectBuffer _effects = new();
    private readonly SortedDictionary<ulong, ClusterWorkload> _cluster = [];
    private readonly FakeFilter[] _filters = [new(1, "a"), new(2, null), new(3, "b", "c")];
    private readonly PendingBook _book = new((_, _) => { });
    private readonly List<WorkloadBinding> _late = [];
    private long _now = 1_000_000;
    private ulong _nextId = 1;
    private string? _clash;
    private bool _calm;

    public BookWorld(int seed)
    {
        _random = new Random(seed);
        foreach (var node in NodeNames)
            Step(ClusterDiff.UpsertOf(FakeCluster.Node(node)));
    }

    private ClusterSnapshot Snapshot => _state.Publish(0, _now);

    public void Act()
    {
        switch (_random.Next(13))
        {
            case 0 or 1: Come(); break;
            case 2: Go(); break;
            case 3: Relist(); break;
            case 4: Wait(); break;
            case 5: Step(new SetSchedulingPolicyCommand { Policy = Policies[_random.Next(Policies.Length)] }); break;
            case 6: Step(ClusterDiff.UpsertOf(FakeCluster.Node(NodeNames[_random.Next(3)], cordon: _random.Next(2) == 0 ? "person" : ""))); break;
            case 7: _book.Recheck(Snapshot); break;
            case 8: _filters[_random.Next(3)].Admit(_random.Next(4) == 0 ? null : [.. NodeNames.Where(_ => _random.Next(2) == 0)]); break;
            case 9: Arrive(); break;
            case 10: Change(); break;
            default: Pass(); break;
        }
    }

    /// <summary>Nothing goes wrong any more; what was lost is found by and by.</summary>
    public void Settle()
    {
        Arrive();
        _calm = true;
        // Once more, as the product does when the policy has named projects.
        Relist();
        // Longer than any assumption lasts.
        for (var round = 0; round < 16; round++)
        {
            Wait();
            _book.Recheck(Snapshot);
            Pass();
        }
    }

    /// <summary>What is not as it must be when the world has settled; null when all is.</summary>
    public string? Problem()
    {
        var snapshot = Snapshot;
        // Members that run stand in the description of a gang that grows as well.
        var queued = snapshot.Pending().SelectMany(job => job.Gang is null ? [job.Id] : job.Gang.Roles.SelectMany(role => role.Members))
            .Except(snapshot.Workloads().Select(workload => workload.Id)).Order();
        var bound = _cluster.Values.Where(workload => workload.Node.Length > 0).Select(workload => (workload.Id, workload.Node, workload.GpuMask));
        var placed = snapshot.Workloads().OrderBy(workload => workload.Id).Select(workload => (workload.Id, NodeOf(snapshot, workload), workload.GpuMask));
        return _clash ?? Difference("waits", _cluster.Values.Where(MustWait).Select(workload => workload.Id), queued)
            ?? Difference("is placed", bound, placed)
            ?? Difference("is assumed", [], snapshot.Workloads().Where(workload => workload.Assumed).Select(workload => workload.Id))
            ?? Difference("is pending", [_cluster.Count - bound.Count()], [_book.Count])
            ?? Difference("can be placed", [Outcome.Unchanged], [Step(new ScheduleCommand()).Outcome]);

        bool MustWait(ClusterWorkload workload)
            => workload.Node.Length == 0
            && (snapshot.Policy.Projects.IsEmpty || snapshot.Policy.Projects.Any(project => project.Name == WorkloadCommands.ProjectOf(workload)))
            && (workload.Labels.Gang is not { } gang || _cluster.Values.Count(other => other.Labels.Gang?.Name == gang.Name) >= gang.Min);
    }

    /// <summary>For people: the cluster, and the queue.</summary>
    public override string ToString()
        => string.Join("\n", _cluster.Values.Select(workload => $"{workload.Id} on '{workload.Node}', {workload.Labels}"))
        + "\n" + string.Join("\n", Snapshot.Pending().Select(job => $"waits: {job.Id} '{job.Name}' of project {job.Traits.Project}: {string.Join(", ", job.Gang?.Roles.SelectMany(role => role.Members) ?? [])}"))
        + "\n" + string.Join("\n", _book.Waiting().Select(entry => $"book: {entry.Id} {entry.Gang} {entry.Reason}"))
        + $"\npolicy: {string.Join(", ", Snapshot.Policy.Projects.Select(project => project.Name))}";

    private static string? Difference<T>(string what, IEnumerable<T> expected, IEnumerable<T> found)
        => expected.SequenceEqual(found) ? null : $"what {what} should be [{string.Join(", ", expected)}], is [{string.Join(", ", found)}]";

    private static Project ProjectOf(string name, long onDemand) => new(name, "w", false, [new Quota("*", 0, onDemand, -1)]);

    private static string NodeOf(ClusterSnapshot snapshot, WorkloadView workload) => snapshot.TryGetNode(workload.Node, out var node) ? node.Name : "";

    private void Come()
    {
        var labels = Labels();
        var workload = FakeCluster.Workload(_nextId++, 1 << _random.Next(4)) with { Labels = labels, Nodes = FilterOf(labels) };
        _cluster.Add(workload.Id, workload);
        _book.Add(workload);
    }

    private WorkloadLabels Labels() => _random.Next(5) switch
    {
        0 => new WorkloadLabels { Project = "other" },
        1 => new WorkloadLabels { Gang = new GangLabel("pair", 2) },
        2 => new WorkloadLabels { Gang = new GangLabel("three", 3, GangTopology.Soft) },
        _ => WorkloadLabels.None,
    };

    // Its labels, and with them perhaps the gang that it is a member of.
    private void Change()
    {
        var pending = _cluster.Values.Where(workload => workload.Node.Length == 0).ToList();
        if (pending.Count == 0)
            return;
        var labels = Labels();
        var changed = pending[_random.Next(pending.Count)] with { Labels = labels, Nodes = FilterOf(labels) };
        _cluster[changed.Id] = changed;
        _book.Add(changed);
    }

    private FakeFilter? FilterOf(WorkloadLabels labels)
        => labels.Gang?.Name != "three" && _random.Next(4) is < 3 and var filter ? _filters[filter] : null;

    private void Go()
    {
        if (_cluster.Count == 0)
            return;
        Leave(_cluster.Keys.ElementAt(_random.Next(_cluster.Count)));
    }

    private void Leave(ulong gone)
    {
        _cluster.Remove(gone);
        _book.Remove(gone);
        Step(new ReleaseCommand { Workload = gone });
    }

    private void Wait()
    {
        _now += 31_000;
        Step(new SweepCommand());
    }

    private void Relist()
    {
        var before = Snapshot;
        foreach (var placed in before.Workloads().ToList())
        {
            var listed = _cluster.TryGetValue(placed.Id, out var workload);
            if (listed ? workload!.Node != NodeOf(before, placed) && !_book.IsHeld(placed.Id) : !placed.Assumed)
                Step(new ReleaseCommand { Workload = placed.Id });
        }

        foreach (var bound in _cluster.Values.Where(workload => workload.Node.Length > 0))
            Step(WorkloadCommands.BindOf(Snapshot, bound));
        _book.Replace([.. _cluster.Values], Snapshot);
    }

    private void Pass()
    {
        Bind();
        foreach (var question in _book.Questions(Snapshot, out _))
        {
            if (!_book.IsOpen(question))
                continue;
            var reply = Step(question.Command);
            // It may go while it is asked for.
            if (!_calm && _random.Next(10) == 0)
                Go();
            foreach (var command in _book.Answer(question, reply))
                Step(command);
        }

        Bind();
        foreach (var selecting in _book.Selections(Snapshot))
        {
            Step(selecting.ToCommand(Snapshot));
            _book.Told(selecting);
        }

        Step(new ScheduleCommand());
        Bind();
    }

    private void Bind()
    {
        foreach (var (workload, place, unsure, told, held) in _book.TakePlaced())
        {
            if (!_calm && !unsure && _random.Next(6) == 0)
            {
                if (!held)
                    Step(WorkloadCommands.BindOf(Snapshot, workload with { Node = place.Node, GpuMask = place.GpuMask }));
                _book.Preparing(workload.Id);
                continue;
            }

            if (!unsure && !Snapshot.MayStart(place.Workload, place.Node, place.GpuMask))
            {
                _book.NotBound(workload.Id);
                continue;
            }

            var goesWrong = _calm || unsure ? 9 : _random.Next(10);
            if (goesWrong is 2 or 3)
            {
                Step(WorkloadCommands.BindOf(Snapshot, workload with { Node = place.Node, GpuMask = place.GpuMask }));
                _book.Telling(workload.Id);
                // One whose answer is lost, one that has not arrived yet.
                if (goesWrong == 2)
                    TryBind(place);
                else
                    _late.Add(place);
            }

            if (goesWrong is > 1 and < 5)
            {
                _book.Unsure(workload.Id);
                continue;
            }

            // What stumbled before it was told is given back.
            var bound = (told || !unsure) && goesWrong > 1 && TryBind(place);
            if (!bound)
            {
                // What is refused now is refused later as well.
                _late.RemoveAll(other => other.Workload == workload.Id);
                Step(new ReleaseCommand { Workload = workload.Id });
                _book.NotBound(workload.Id);
                continue;
            }

            if (_book.Has(workload.Id))
                Step(WorkloadCommands.BindOf(Snapshot, _cluster[workload.Id]));
            _book.Bound(place);
        }
    }

    private void Arrive()
    {
        foreach (var place in _late)
        {
            if (!_cluster.TryGetValue(place.Workload, out var workload) || workload.Node.Length > 0)
                continue;
            // Kubernetes looks at nothing but the pod.
            if (_cluster.Values.FirstOrDefault(other => other.Node == place.Node && (other.GpuMask & place.GpuMask) != 0) is { } other)
                _clash ??= $"{place} arrived where {other.Id} is";
            _cluster[place.Workload] = workload with { Node = place.Node, GpuMask = place.GpuMask };
        }

        _late.Clear();
    }

    private bool TryBind(WorkloadBinding place)
    {
        if (!_cluster.TryGetValue(place.Workload, out var workload))
            return false;
        var taken = _cluster.Values.Where(other => other.Node == place.Node && other.Id != place.Workload).Aggregate(0u, (mask, other) => mask | other.GpuMask);
        if (workload.Node.Length == 0 && (taken & place.GpuMask) == 0)
            _cluster[place.Workload] = workload with { Node = place.Node, GpuMask = place.GpuMask };
        return IsBound(place);
    }

    private bool IsBound(WorkloadBinding place)
        => _cluster.TryGetValue(place.Workload, out var workload) && workload.Node == place.Node && workload.GpuMask == place.GpuMask;

    private Reply Step(Command command)
    {
        var before = Snapshot.Workloads().Select(workload => workload.Id).ToHashSet();
        _effects.Clear();
        var reply = Engine.Step(_state, command, _now, _effects);
        var evicted = new List<ulong>();
        for (var i = 0; i < _effects.Count; i++)
        {
            // Where it may be was said before; of a gang that grows all members are told.
            if (command is ScheduleCommand && _effects[i] is Effect.Placed seat && !before.Contains(seat.Workload)
                && _cluster.GetValueOrDefault(seat.Workload)?.Nodes?.Admitted() is { } names)
            {
                if (!names.Contains(seat.NodeName))
                    _clash ??= $"{seat.Workload} was placed on {seat.NodeName}, which is not among [{string.Join(", ", names)}]";
            }

            if (!_calm && _random.Next(4) == 0)
                continue;
            if (_effects[i] is Effect.Placed placed)
                _book.Placed(placed.Workload, placed.NodeName, placed.Gpus);
            else if (_effects[i] is Effect.AssumptionExpired expired)
                _book.Expired(expired.Workload);
            else if (_effects[i] is Effect.Evict evict && _cluster.ContainsKey(evict.Workload))
                evicted.Add(evict.Workload);
        }

        foreach (var workload in evicted)
            Leave(workload);
        return reply;
    }
}
