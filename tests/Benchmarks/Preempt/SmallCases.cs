using System.Numerics;
using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>Small random clusters with gangs: the impact of the chosen victims against that of the best of all victim sets.</summary>
internal static class SmallCases
{
    private const int Cases = 1_000;
    private const int Nodes = 3;
    private const int GpusPerNode = 4;
    private const long Start = 1_700_000_000_000;

    public static void Run(Report report)
    {
        var (paid, least) = (0L, 0L);
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var (state, effects, now) = (new ClusterState(), new EffectBuffer(), Start);
            for (var node = 0; node < Nodes; node++)
                Engine.Step(state, new UpsertNodeCommand { Name = $"n{node}", GpuCount = GpusPerNode, CpuMilli = 1000, MemoryMib = 1000, Group = "a" }, now, effects);
            var jobs = new List<Job>();
            for (var node = 0; node < Nodes; node++)
                Fill(state, effects, random, node, jobs, ref now);
            now += random.Next(10_000) * 1000L;
            var gpus = 1 << random.Next(3);
            var reply = Engine.Step(state, new PlaceCommand
            {
                Workload = 1_000,
                GpuCount = gpus,
                Traits = new WorkloadTraits { Provisioning = Provisioning.Reserved },
                MayPreempt = true,
            }, now, effects);
            paid += ((Nomination)reply.Detail!).Evictions.Impact;
            least += Least(jobs, gpus, now);
        }
        report.Ratio($"{Cases} small clusters", "impact", paid, "GPU-s", "least of all victim sets", least, 1.05);
    }

    private static void Fill(ClusterState state, EffectBuffer effects, Random random, int node, List<Job> jobs, ref long now)
    {
        for (var gpu = 0; gpu < GpusPerNode;)
        {
            var gpus = Math.Min(1 << random.Next(3), GpusPerNode - gpu);
            var job = new Job(node, ((1u << gpus) - 1) << gpu, now, random.Next(4) == 0 ? random.Next(1, 3) : 0);
            jobs.Add(job);
            Engine.Step(state, new BindCommand
            {
                Workload = (ulong)jobs.Count,
                Node = $"n{node}",
                GpuMask = job.Gpus,
                GpuMilli = 1000,
                Gang = (ulong)job.Gang,
                Traits = new WorkloadTraits { Provisioning = Provisioning.Spot },
            }, now, effects);
            gpu += gpus;
            now += random.Next(5_000) * 1000L;
        }
    }

    private static long Least(List<Job> jobs, int gpus, long now)
    {
        var (least, rules) = (long.MaxValue, new PreemptionRules());
        for (var gone = 1u; gone < 1u << jobs.Count; gone++)
        {
            var (cost, freed, broken, kept) = (0L, new int[Nodes], 0, 0);
            for (var at = 0; at < jobs.Count; at++)
            {
                var (job, goes) = (jobs[at], (gone >> at & 1) != 0);
                var bit = job.Gang == 0 ? 0 : 1 << job.Gang;
                (broken, kept) = goes ? (broken | bit, kept) : (broken, kept | bit);
                cost += goes ? BitOperations.PopCount(job.Gpus) * ((now - job.StartedAt) / 1000 + rules.PerGpu[0]) : 0;
                freed[job.Node] += goes ? BitOperations.PopCount(job.Gpus) : 0;
            }
            cost += BitOperations.PopCount((uint)broken) * rules.PerGang;
            if ((broken & kept) == 0 && freed.Max() >= gpus)
                least = Math.Min(least, cost);
        }
        return least;
    }

    private readonly record struct Job(int Node, uint Gpus, long StartedAt, int Gang);
}
