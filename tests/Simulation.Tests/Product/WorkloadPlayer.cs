using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>Stands in for the product's binder: place, bind, confirm, one pass over what is pending at a time.</summary>
internal sealed class WorkloadPlayer(SimulatedWorld world, HotpathProcess hotpath)
{
    private const long Retry = 5_000;

    private readonly SortedDictionary<ulong, ClusterWorkload> _pending = [];
    private int _binding;
    private bool _planned;

    public void Add(ClusterWorkload workload) => _pending[workload.Id] = workload;

    public void Remove(ulong workload) => _pending.Remove(workload);

    public void Replace(IEnumerable<ClusterWorkload> workloads)
    {
        _pending.Clear();
        foreach (var workload in workloads)
            Add(workload);
        Wake();
    }

    public void Wake() => Plan(20);

    public static BindCommand BindOf(ClusterWorkload workload) => new()
    {
        Workload = workload.Id,
        Name = workload.Name,
        Node = workload.Node,
        GpuMask = workload.GpuMask,
        GpuMilli = workload.GpuMilli,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
    };

    public static PlaceCommand PlaceOf(HotpathProcess hotpath, ClusterWorkload workload) => new()
    {
        Workload = workload.Id,
        Name = workload.Name,
        GpuCount = workload.GpuCount,
        GpuMilli = workload.GpuMilli,
        CpuMilli = workload.CpuMilli,
        MemoryMib = workload.MemoryMib,
        Group = workload.Group.Length == 0 ? -1 : hotpath.Snapshot.Groups.IndexOf(workload.Group),
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
        var bound = Synchronously.Run(world.Cluster.BindAsync(new WorkloadBinding(workload.Id, node, gpus), default));
        world.MayDie("after a bind");
        world.Schedule.InProcess(world.Chance.Latency(50, 1_000), () => Answer(workload.Id, bound));
    }

    private void Answer(ulong workload, bool bound)
    {
        if (bound)
            _pending.Remove(workload);
        hotpath.Submit(bound ? new ConfirmCommand { Workload = workload } : new ReleaseCommand { Workload = workload });
        if (--_binding == 0 && _pending.Count > 0)
            Plan(Retry);
    }
}
