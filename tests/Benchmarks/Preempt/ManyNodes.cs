using System.Numerics;
using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>
/// Random clusters of more nodes than are judged at first, and requests of which the columns know the least: the impact of the chosen victims
/// against that of the best of all victim sets of every node.
/// </summary>
internal static class ManyNodes
{
    private const int Cases = 500;
    private const int GpusPerNode = 4;
    private const int Cpu = 16_000;
    private const long Start = 1_700_000_000_000;

    public static void Run(Report report)
    {
        Run(report, "3 GPUs", new Request(3, 1000, 0));
        Run(report, "a share", new Request(1, 600, 0));
        Run(report, "a GPU and most of the CPU", new Request(1, 1000, 12_000));
    }

    private static void Run(Report report, string what, Request request)
    {
        var (paid, least) = (0L, 0L);
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var (state, effects, now, nodes) = (new ClusterState(), new EffectBuffer(), Start, random.Next(12, 31));
            for (var node = 0; node < nodes; node++)
                Engine.Step(state, new UpsertNodeCommand { Name = $"n{node}", GpuCount = GpusPerNode, CpuMilli = Cpu, MemoryMib = 1000, Group = "a" }, now, effects);
            var jobs = JobsOf(random, nodes);
            // In any order, so that each node has old and new ones.
            random.Shuffle(jobs);
            for (var at = 0; at < jobs.Length; at++)
            {
                jobs[at] = jobs[at] with { StartedAt = now };
                Bind(state, effects, jobs[at], (ulong)at + 1, now);
                now += random.Next(500) * 1000L;
            }
            now += random.Next(10_000) * 1000L;
            var reply = Engine.Step(state, new PlaceCommand
            {
                Workload = 1_000,
                GpuCount = request.Gpus,
                GpuMilli = request.Milli,
                CpuMilli = request.Cpu,
                Traits = new WorkloadTraits { Provisioning = Provisioning.Reserved },
                MayPreempt = true,
            }, now, effects);
            // A few have room enough as they are.
            if (reply.Detail is not Nomination nomination)
                continue;
            paid += nomination.Evictions.Impact;
            least += Impact.GpuSeconds(Enumerable.Range(0, nodes).Min(node => Least(jobs, node, request, now)));
        }
        report.Ratio($"{Cases} clusters of 12 to 30 nodes, {what}", "impact", paid, "GPU-s", "least of all victim sets", least, 1.05);
    }

    private static Job[] JobsOf(Random random, int nodes)
    {
        var jobs = new List<Job>();
        for (var node = 0; node < nodes; node++)
        {
            var cpu = Cpu;
            for (var gpu = 0; gpu < GpusPerNode;)
            {
                var gpus = random.Next(3) == 0 ? Math.Min(2, GpusPerNode - gpu) : 1;
                var parts = gpus == 1 && random.Next(3) == 0 ? 2 : 1;
                for (var part = 0; part < parts; part++)
                {
                    var job = new Job(node, ((1u << gpus) - 1) << gpu, 1000 / parts, Math.Min(cpu, random.Next(6) * 1000), 0, random.Next(6) == 0 ? random.Next(1, 7) : 0);
                    cpu -= job.Cpu;
                    jobs.Add(job);
                }
                gpu += gpus;
            }
        }
        return [.. jobs];
    }

    private static void Bind(ClusterState state, EffectBuffer effects, Job job, ulong id, long now) => Engine.Step(state, new BindCommand
    {
        Workload = id,
        Node = $"n{job.Node}",
        GpuMask = job.Gpus,
        GpuMilli = job.Milli,
        CpuMilli = job.Cpu,
        Gang = (ulong)job.Gang,
        Traits = new WorkloadTraits { Provisioning = Provisioning.Spot },
    }, now, effects);

    private static long Least(Job[] jobs, int node, Request request, long now)
    {
        var here = Array.FindAll(jobs, job => job.Node == node);
        var least = long.MaxValue;
        for (var gone = 1u; gone < 1u << here.Length; gone++)
        {
            if (Fits(here, gone, request) && CostOf(jobs, here, gone, now) is var cost && cost < least)
                least = cost;
        }
        return least;
    }

    private static bool Fits(Job[] here, uint gone, Request request)
    {
        Span<int> used = stackalloc int[GpusPerNode];
        var (cpu, free, parts) = (Cpu, 0, 0);
        used.Clear();
        for (var at = 0; at < here.Length; at++)
        {
            cpu -= (gone >> at & 1) != 0 ? 0 : here[at].Cpu;
            for (var rest = (gone >> at & 1) != 0 ? 0 : here[at].Gpus; rest != 0; rest &= rest - 1)
                used[BitOperations.TrailingZeroCount(rest)] += here[at].Milli;
        }
        foreach (var milli in used)
        {
            free += milli == 0 ? 1 : 0;
            parts += milli + request.Milli <= 1000 ? 1 : 0;
        }
        return cpu >= request.Cpu && (request.Milli < 1000 ? parts : free) >= request.Gpus;
    }

    // A gang goes as a whole, wherever its members are.
    private static long CostOf(Job[] jobs, Job[] here, uint gone, long now)
    {
        var (cost, broken) = (0L, 0);
        for (var at = 0; at < here.Length; at++)
        {
            if ((gone >> at & 1) != 0 && here[at].Gang != 0)
                broken |= 1 << here[at].Gang;
            else if ((gone >> at & 1) != 0)
                cost += CostOf(here[at], now);
        }
        foreach (var job in broken == 0 ? [] : jobs)
            cost += (broken >> job.Gang & 1) != 0 ? CostOf(job, now) : 0;
        return cost + BitOperations.PopCount((uint)broken) * new PreemptionRules().PerGang * Impact.PerGpuSecond;
    }

    private static long CostOf(Job job, long now)
        => ((now - job.StartedAt) / 1000 + new PreemptionRules().PerGpu[0]) * BitOperations.PopCount(job.Gpus) * job.Milli;

    private readonly record struct Request(int Gpus, int Milli, int Cpu);

    private readonly record struct Job(int Node, uint Gpus, int Milli, int Cpu, long StartedAt, int Gang);
}
