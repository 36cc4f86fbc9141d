using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>More full nodes than are judged at first, with gangs over several of them and disruption budgets: the same seed gives the same.</summary>
internal sealed class ManyNodes
{
    private const int Gpus = 4;
    private const int Cpu = 16_000;
    private const ulong FirstGang = 5_000;

    private readonly Random _random;
    private readonly List<Job> _jobs = [];
    private readonly int[] _allowed = new int[3];
    private readonly int _nodes;

    public ManyNodes(int seed)
    {
        _random = new Random(seed);
        _nodes = _random.Next(12, 31);
        Crowd.Nodes(_nodes, Gpus, Cpu);
        for (var budget = 0; budget < _allowed.Length; budget++)
            Crowd.Budget($"test/pdb{budget}", _allowed[budget] = _random.Next(3));
        for (var node = 0; node < _nodes; node++)
        {
            var cpu = Cpu;
            for (var gpu = 0; gpu < Gpus;)
                gpu += Fill(node, gpu, ref cpu);
        }
        // In any order, so that each node has old and new ones.
        foreach (var at in Enumerable.Range(0, _jobs.Count).OrderBy(_ => _random.Next()).ToArray())
            Start(at);
        Crowd.Pass(_random.Next(10_000));
    }

    public Crowd Crowd { get; } = new();

    public PlaceCommand AnyRequest()
    {
        var (share, gpus) = (_random.Next(3) == 0, _random.Next(5));
        return new PlaceCommand
        {
            Workload = Preemption.Crowd.Newcomer * 10,
            Name = "test/newcomer",
            GpuCount = share ? 1 : gpus,
            GpuMilli = share ? _random.Next(3, 9) * 100 : 1000,
            CpuMilli = share || (gpus > 0 && _random.Next(2) == 0) ? 0 : _random.Next(1, Cpu / 1000) * 1000,
            Traits = new WorkloadTraits { Provisioning = Provisioning.Reserved },
            MayPreempt = true,
        };
    }

    /// <summary>GPU-seconds, rounded up, of the cheapest victims on any node; null when there is no way.</summary>
    public long? Cheapest(PlaceCommand want)
        => Enumerable.Range(0, _nodes).Min(node => Cheapest(want, [.. _jobs.Where(job => job.Node == node)])) is { } cost ? (cost + 999) / 1000 : null;

    private long? Cheapest(PlaceCommand want, Job[] here)
    {
        long? best = null;
        for (var gone = 1; gone < 1 << here.Length; gone++)
        {
            var leaving = here.Where((_, at) => (gone >> at & 1) != 0).ToArray();
            if (!Fits(want, here.Except(leaving)))
                continue;
            var gangs = leaving.Select(job => job.Gang).Where(gang => gang != 0).Distinct().ToArray();
            var victims = leaving.Concat(_jobs.Where(job => gangs.Contains(job.Gang))).Distinct().ToArray();
            var within = _allowed.Select((allowed, budget) => victims.Count(job => job.Budget == budget) <= allowed).All(kept => kept);
            var cost = victims.Sum(CostOf) + gangs.Length * new PreemptionRules().PerGang * 1000L;
            if (within && !(cost >= best))
                best = cost;
        }
        return best;
    }

    private static bool Fits(PlaceCommand want, IEnumerable<Job> staying)
    {
        var (used, cpu) = (new int[Gpus], Cpu);
        foreach (var job in staying)
        {
            cpu -= job.Cpu;
            for (var gpu = 0; gpu < Gpus; gpu++)
                used[gpu] += (job.Mask >> gpu & 1) != 0 ? job.Milli : 0;
        }
        return cpu >= want.CpuMilli
            && (want.GpuMilli < 1000 ? used.Any(milli => milli + want.GpuMilli <= 1000) : used.Count(milli => milli == 0) >= want.GpuCount);
    }

    private long CostOf(Job job)
        => ((Crowd.Cluster.Now - job.StartedAt) / 1000 + new PreemptionRules().PerGpu[(int)Category.Training]) * BitOperations.PopCount(job.Mask) * job.Milli;

    // A whole GPU or two, or two shares of one.
    private int Fill(int node, int gpu, ref int cpu)
    {
        var gpus = _random.Next(3) == 0 ? Math.Min(2, Gpus - gpu) : 1;
        var milli = gpus == 1 && _random.Next(3) == 0 ? 500 : 1000;
        for (var part = 0; part < 1000 / milli; part++)
        {
            var job = new Job(
                _jobs.Count, node, ((1u << gpus) - 1) << gpu, milli, Math.Min(cpu, _random.Next(6) * 1000), 0,
                _random.Next(6) == 0 ? FirstGang + (ulong)_random.Next(6) : 0, _random.Next(4) == 0 ? _random.Next(_allowed.Length) : -1);
            cpu -= job.Cpu;
            _jobs.Add(job);
        }
        return gpus;
    }

    private void Start(int at)
    {
        var job = _jobs[at] = _jobs[at] with { StartedAt = Crowd.Cluster.Now };
        Crowd.Runs((ulong)at + 1, $"n{job.Node}", job.Mask, milli: job.Milli, cpu: job.Cpu, gang: job.Gang, budget: job.Budget);
        Crowd.Pass(_random.Next(5_000));
    }

    private sealed record Job(int At, int Node, uint Mask, int Milli, int Cpu, long StartedAt, ulong Gang, int Budget);
}
