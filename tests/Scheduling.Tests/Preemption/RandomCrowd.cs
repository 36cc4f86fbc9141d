using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>A random crowd, small enough for a look at every set of victims: the same seed gives the same one.</summary>
internal sealed class RandomCrowd
{
    public const int MostWorkloads = 10;
    public const ulong Elastic = 50;

    private readonly Random _random;
    private readonly bool _budgets;
    private readonly bool _projects;

    public RandomCrowd(int seed, bool budgets = true)
    {
        (_random, _budgets) = (new Random(seed), budgets);
        _projects = Chance(2);
        SetPolicy();
        Nodes = _random.Next(1, 5);
        var leaf = _random.Next(1, Nodes + 1);
        for (var node = 0; node < Nodes; node++)
            Crowd.Cluster.AddNode($"n{node}", Pick(1, 2, 4, 4), cpu: 8_000, memory: 8_000, maxWorkloads: Pick(1, 2, 3, NodeTable.NoLimit, NodeTable.NoLimit));
        if (leaf < Nodes)
            Crowd.Leaves(leaf, Nodes - leaf);
        for (var budget = 0; budget < 2; budget++)
            Crowd.Budget($"test/pdb{budget}", _random.Next(3));
        if (Chance(3))
            Crowd.GangComes(_random.Next(2, 4), 1, Provisioning.Spot, min: 1, mayPreempt: false, id: Elastic);
        for (var id = 1UL; Crowd.Cluster.State.Workloads.Count < MostWorkloads && id < 16; id++)
            Fill(id);
    }

    public Crowd Crowd { get; } = new();

    public int Nodes { get; }

    public PlaceCommand Single(ulong id = Preemption.Crowd.Newcomer)
    {
        var gpus = Pick(0, 1, 1, 2, 3, 4);
        return new PlaceCommand
        {
            Workload = id,
            Name = "test/newcomer",
            GpuCount = gpus,
            GpuMilli = gpus == 1 && Chance(2) ? Pick(300, 600) : 1000,
            CpuMilli = gpus == 0 || Chance(3) ? _random.Next(1, 7) * 1000 : 0,
            Traits = new WorkloadTraits { Provisioning = AnyProvisioning(), Urgent = Chance(4), Project = AnyProject() },
            MayPreempt = true,
        };
    }

    public PlaceGangCommand Gang(ulong id = Preemption.Crowd.Newcomer) => new()
    {
        Gang = Preemption.Crowd.Gang(id, _random.Next(2, 5), Pick(1, 1, 2, 4), AnyProvisioning(), Pick(TopologyMode.None, TopologyMode.Soft, TopologyMode.Hard)) with
        {
            MinMembers = Chance(3) ? 1 : 0,
        },
        MayPreempt = true,
    };

    private void SetPolicy()
    {
        Project Unit(string name) => new(name, "unit", true, [new Quota("a", _random.Next(8) * 1000, _random.Next(8) * 1000, -1)]);
        Crowd.Policy(
            new PreemptionRules { MinRunSeconds = Pick(0, 0, 300), OverrideBudgets = Chance(6) },
            _projects ? [Unit("one"), Unit("two")] : []);
    }

    private void Fill(ulong id)
    {
        var node = Crowd.Cluster.Node($"n{_random.Next(Nodes)}");
        var wanted = Pick(0, 1, 1, 2, 4);
        var milli = wanted == 1 && Chance(2) ? Pick(250, 500) : 1000;
        var mask = milli == 1000 ? Lowest(node.FreeGpus, wanted) : SharedGpu(node.GpuUsedMilli.ToArray(), milli);
        var cpu = Math.Min(node.CpuFreeMilli, _random.Next(4) * 1000L);
        if (BitOperations.PopCount(mask) == wanted && (mask != 0 || cpu > 0) && node.WorkloadCount < node.MaxWorkloads)
        {
            Crowd.Runs(
                id, node.Name, mask, AnyProvisioning(), Pick(Category.Training, Category.Training, Category.Serving, Category.Data), milli, cpu,
                Chance(3) ? (ulong)_random.Next(60, 62) : 0, _budgets && Chance(3) ? _random.Next(2) : -1, Chance(5), AnyProject());
        }
        Crowd.Pass(_random.Next(500));
        if (Chance(3) && Crowd.Cluster.State.Workloads.TryFind((ulong)_random.Next(1, 16), out var slot))
            Crowd.Saves(Crowd.Cluster.State.Workloads[slot].Id);
    }

    private static uint Lowest(uint free, int count)
    {
        var taken = 0u;
        for (; count > 0 && free != 0; free &= free - 1, count--)
            taken |= free & ~(free - 1);
        return taken;
    }

    private static uint SharedGpu(int[] used, int milli)
    {
        var gpu = Array.FindIndex(used, of => of + milli <= 1000);
        return gpu < 0 ? 0 : 1u << gpu;
    }

    private Provisioning AnyProvisioning() => Pick(Provisioning.Spot, Provisioning.Spot, Provisioning.OnDemand, Provisioning.OnDemand, Provisioning.Reserved);

    private int AnyProject() => _projects ? _random.Next(1, 3) : 0;

    private bool Chance(int of) => _random.Next(of) == 0;

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
