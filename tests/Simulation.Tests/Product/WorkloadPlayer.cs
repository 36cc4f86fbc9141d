using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Simulation.Tests.Core;
using Pipeline.Simulation.Tests.Invariants;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>Stands in for the product's binder, with the product's own book: bind, ask, let the engine go through its queue, one pass at a time.</summary>
internal sealed class WorkloadPlayer(SimulatedWorld world, HotpathProcess hotpath)
{
    private const long Gather = 20;
    private const long Retry = 5_000;
    private const int MaxUnbound = 256;

    private readonly PendingBook _book = new((_, _) => { });
    private readonly Queue<Action> _whenIdle = [];
    private int _binding;
    private bool _planned;
    private bool _passing;
    private bool _woken;
    private bool _room;
    private long _checkedAt;

    public void Add(ClusterWorkload workload)
    {
        _book.Add(workload);
        Signal();
    }

    public void Remove(ulong workload) => _book.Remove(workload);

    public bool IsHeld(ulong workload) => _book.IsHeld(workload);

    public void Replace(IReadOnlyList<ClusterWorkload> listed)
    {
        _book.Replace(listed, hotpath.Snapshot);
        Wake();
    }

    /// <summary>As the binder does: no bind is under way while the work is done.</summary>
    public void WhileIdle(Action work)
    {
        if (_passing)
            _whenIdle.Enqueue(work);
        else
            work();
    }

    public void Placed(ulong workload, string node, uint gpus)
    {
        if (_book.Placed(workload, node, gpus))
            Signal();
    }

    public void Nominated(ulong workload, string node)
    {
        _book.Nominated(workload, node);
        if (world.Sabotage == Sabotage.NomineesStartAtOnce)
            Placed(workload, node, hotpath.Snapshot.Workloads().FirstOrDefault(placed => placed.Id == workload).GpuMask);
    }

    public void Expired(ulong workload)
    {
        if (_book.Expired(workload))
            Wake();
    }

    public void Wake()
    {
        _room = true;
        Signal();
    }

    private void Signal()
    {
        if (_passing)
            _woken = true;
        else
            Plan(Gather);
    }

    private void Plan(long delay)
    {
        if (_planned)
            return;
        _planned = true;
        world.Schedule.InProcess(delay, Pass);
    }

    private void Pass()
    {
        (_planned, _passing, _woken) = (false, true, false);
        if (_book.IsOutdated(hotpath.Snapshot) || world.Schedule.Now - _checkedAt >= Retry)
            Recheck();
        BindThen(() =>
        {
            Ask();
            BindThen(() =>
            {
                LetSchedule();
                EndPass();
            });
        });
    }

    private void Recheck()
    {
        _checkedAt = world.Schedule.Now;
        if (world.Sabotage != Sabotage.NobodyRechecks)
            _book.Recheck(hotpath.Snapshot);
        _room = true;
    }

    private void Ask()
    {
        foreach (var question in _book.Questions(hotpath.Snapshot, out _))
        {
            if (!_book.IsOpen(question))
                continue;
            var reply = hotpath.Submit(question.Command);
            _room |= reply.Outcome == Outcome.Queued;
            foreach (var command in _book.Answer(question, reply))
                hotpath.Submit(command);
        }
    }

    private void LetSchedule()
    {
        if (!_room)
            return;
        _room = false;
        if (hotpath.Snapshot.PendingCount > 0)
            hotpath.Submit(new ScheduleCommand { MaxPlacements = MaxUnbound });
    }

    private void EndPass()
    {
        _passing = false;
        while (_whenIdle.TryDequeue(out var work))
            work();
        if (_woken)
            Plan(Gather);
        else if (_book.Count > 0)
            Plan(Retry);
    }

    private void BindThen(Action next)
    {
        var placements = _book.TakePlaced();
        _binding = placements.Count;
        foreach (var placement in placements)
        {
            if (placement.Unsure)
                world.Schedule.InProcess(AnswerDelay(), () => BindAgain(placement, next));
            else
                world.Schedule.InProcess(world.Chance.Latency(200, 15_000), () => Bind(placement, next));
        }

        if (placements.Count == 0)
            next();
    }

    private void Bind(Placement placement, Action next)
    {
        if (world.Sabotage != Sabotage.NomineesStartAtOnce && !hotpath.Snapshot.MayStart(placement.Place.Workload, placement.Place.Node, placement.Place.GpuMask))
        {
            _book.NotBound(placement.Workload.Id);
            Done(next);
            return;
        }

        if (!IsHealthy(placement.Place.Node))
        {
            Settle(placement, bound: false, next);
            return;
        }

        WorldInvariants.BeforeBind(hotpath, placement.Place, Synchronously.Run(world.Cluster.ListWorkloadsAsync(placement.Place.Node, default)));
        _book.Telling(placement.Workload.Id);
        var answer = Tell(placement.Place, isFirst: true);
        world.MayDie("after a bind");
        world.Schedule.InProcess(AnswerDelay(), () =>
        {
            if (answer is { } bound)
            {
                Settle(placement, bound, next);
                return;
            }

            Enter(placement);
            BindAgain(placement, next);
        });
    }

    /// <returns>Null: there is no answer. It may happen all the same, now or later; a refusal says so only of the first.</returns>
    private bool? Tell(WorkloadBinding place, bool isFirst)
    {
        if (!world.Chance.Hits(world.Chaos.BindFails))
            return TryBind(place) ?? (isFirst ? false : null);
        if (world.Chance.Hits(0.5))
            TryBind(place);
        else if (world.Chance.Hits(0.5))
            world.Schedule.InProcess(world.Chance.Latency(100, 60_000), () => Arrive(place));
        return null;
    }

    private void Arrive(WorkloadBinding place)
    {
        if (!IsThere(place) && TryBind(place) == true)
            WorldInvariants.AfterLateBind(hotpath, place);
    }

    /// <returns>Null: the node does not take it now.</returns>
    private bool? TryBind(WorkloadBinding place)
    {
        try
        {
            return Synchronously.Run(world.Cluster.BindAsync(place, default));
        }
        catch (HotpathUnavailableException exception) when (exception.Refused)
        {
            return null;
        }
    }

    /// <summary>Seldom longer than an assumption lasts.</summary>
    private long AnswerDelay()
        => world.Chance.Hits(world.Chaos.BindFails) ? world.Chance.Between(20_000, 60_000) : world.Chance.Latency(50, 1_000);

    private void BindAgain(Placement placement, Action next)
    {
        var (place, again) = (placement.Place, world.Sabotage != Sabotage.LostBindsAreLookedUp);
        var answer = again && IsHealthy(place.Node) ? Tell(place, isFirst: false)
            : IsThere(place);
        if (answer is { } bound)
        {
            Settle(placement, bound, next);
            return;
        }

        _book.Unsure(placement.Workload.Id);
        Done(next);
    }

    private bool IsHealthy(string node) => hotpath.Snapshot.TryFindNode(node, out NodeView known) && known.Health == NodeHealth.Healthy;

    private bool IsThere(WorkloadBinding place)
        => Synchronously.Run(world.Cluster.ListWorkloadsAsync(place.Node, default)).Any(known => known.Id == place.Workload && known.GpuMask == place.GpuMask);

    private void Settle(Placement placement, bool bound, Action next)
    {
        if (bound)
        {
            Enter(placement);
            _book.Bound(placement.Place);
        }
        else
        {
            hotpath.Submit(new ReleaseCommand { Workload = placement.Workload.Id });
            _book.NotBound(placement.Workload.Id);
        }

        Done(next);
    }

    private void Enter(Placement placement)
    {
        var (workload, place) = (placement.Workload, placement.Place);
        if (_book.Has(workload.Id))
            hotpath.Submit(WorkloadCommands.BindOf(hotpath.Snapshot, workload with { Node = place.Node, GpuMask = place.GpuMask }));
    }

    private void Done(Action next)
    {
        if (--_binding == 0)
            next();
    }
}
