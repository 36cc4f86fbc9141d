using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>Stands in for the product's binder: place, bind, confirm, one pass over what is pending at a time.</summary>
internal sealed class WorkloadPlayer(SimulatedWorld world, HotpathProcess hotpath)
{
    private const long Retry = 5_000;

    private readonly SortedDictionary<ulong, ClusterWorkload> _pending = [];
    private readonly Dictionary<ulong, WorkloadBinding> _unsure = [];
    private int _binding;
    private bool _planned;

    public void Add(ClusterWorkload workload) => _pending[workload.Id] = workload;

    public void Remove(ulong workload)
    {
        _pending.Remove(workload);
        _unsure.Remove(workload);
    }

    public void Replace(IEnumerable<ClusterWorkload> workloads)
    {
        _pending.Clear();
        _unsure.Clear();
        foreach (var workload in workloads)
            Add(workload);
        Wake();
    }

    public void Wake() => Plan(20);

    public static PlaceCommand PlaceOf(HotpathProcess hotpath, ClusterWorkload workload) => new()
    {
        Workload = workload.Id,
        Name = workload.Name,
        GpuCount = workload.GpuCount,
        GpuMilli = workload.GpuMilli,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
        Groups = GroupSet.OneOrAny(workload.Group.Length == 0 ? -1 : hotpath.Snapshot.Groups.IndexOf(workload.Group)),
    };

    private void Plan(long delay)
    {
        if (_planned || _binding > 0)
            return;
        _planned = true;
        world.Schedule.InProcess(delay, Pass);
    }

    private void Pass()
    {
        _planned = false;
        var hopeless = new HashSet<(int, string)>();
        foreach (var workload in _pending.Values.ToList())
        {
            if (_unsure.TryGetValue(workload.Id, out var place))
            {
                _binding++;
                world.Schedule.InProcess(AnswerDelay(), () => Find(workload, place));
                continue;
            }

            var shape = (workload.GpuCount, workload.Group);
            if (hopeless.Contains(shape))
                continue;
            var reply = hotpath.Submit(PlaceOf(hotpath, workload));
            if (reply.Outcome == Outcome.NoFit)
                hopeless.Add(shape);
            if (reply.Node < 0)
                continue;
            _binding++;
            world.Schedule.InProcess(world.Chance.Latency(200, 15_000), () => Bind(workload, (string)reply.Detail!, reply.GpuMask));
        }

        if (_pending.Count > 0)
            Plan(Retry);
    }

    private void Bind(ClusterWorkload workload, string node, uint gpus)
    {
        var place = new WorkloadBinding(workload.Id, node, gpus);
        var lost = world.Chance.Hits(world.Chaos.BindFails);
        var bound = !(lost && world.Chance.Hits(0.5)) && Synchronously.Run(world.Cluster.BindAsync(place, default));
        world.MayDie("after a bind");
        if (lost && world.Sabotage != Sabotage.LostBindsAreGivenUp)
            _unsure[workload.Id] = place;
        world.Schedule.InProcess(AnswerDelay(), () =>
        {
            if (lost && world.Sabotage != Sabotage.LostBindsAreGivenUp)
                Find(workload, place);
            else
                Settle(workload, place, bound && !lost);
        });
    }

    /// <summary>Seldom longer than an assumption lasts.</summary>
    private long AnswerDelay()
        => world.Chance.Hits(world.Chaos.BindFails) ? world.Chance.Between(20_000, 60_000) : world.Chance.Latency(50, 1_000);

    /// <summary>The question may be lost as well.</summary>
    private void Find(ClusterWorkload workload, WorkloadBinding place)
    {
        if (world.Chance.Hits(world.Chaos.BindFails))
        {
            Done();
            return;
        }

        _unsure.Remove(workload.Id);
        var there = Synchronously.Run(world.Cluster.ListWorkloadsAsync(place.Node, default));
        Settle(workload, place, there.Any(known => known.Id == place.Workload && known.GpuMask == place.GpuMask));
    }

    private void Settle(ClusterWorkload workload, WorkloadBinding place, bool bound)
    {
        if (bound)
            Confirm(workload, place);
        else
            hotpath.Submit(new ReleaseCommand { Workload = workload.Id });
        Done();
    }

    private void Done()
    {
        if (--_binding == 0 && _pending.Count > 0)
            Plan(Retry);
    }

    private void Confirm(ClusterWorkload workload, WorkloadBinding place)
    {
        var confirmed = hotpath.Submit(new ConfirmCommand { Workload = workload.Id });
        if (confirmed.Outcome == Outcome.NotFound && _pending.ContainsKey(workload.Id))
            hotpath.Submit(ClusterDiff.BindOf(workload with { Node = place.Node, GpuMask = place.GpuMask }));
        Remove(workload.Id);
    }
}
