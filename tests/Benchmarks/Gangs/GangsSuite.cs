using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Benchmarks.Gangs;

/// <summary>
/// The shapes for which other schedulers have published times. Theirs are end to end on a Kubernetes cluster, ours are the decisions
/// alone: the figures say how little of such a time deciding needs to take, not how two products compare.
/// </summary>
internal sealed class GangsSuite : ISuite
{
    private const int Nodes = 500;
    private const int Rounds = 5;

    private static readonly WorkloadTraits Spot = new() { Provisioning = Provisioning.Spot };
    private static readonly WorkloadTraits Reserved = new() { Provisioning = Provisioning.Reserved };

    public string Name => "gangs";

    public string About => "Decisions for the shapes that KAI and Volcano publish end-to-end times for, beside those times";

    public string Sizes => "500 8-GPU nodes (KAI's scale test); 1,250 nodes for 20 gangs of 500 (Volcano)";

    public Task RunAsync(Report report)
    {
        report.Note("Published: KAI docs/scale-tests (KWOK, 500 nodes, end to end), Volcano issue 5940. Ours: the engine's decisions, without an API server.");
        Case(report, "4,000 one-GPU jobs", 397.8, OneGpuJobs);
        Case(report, "512-node gang", 48.7, LargeGang);
        Case(report, "20 gangs x 500", null, TwentyGangs);
        Case(report, "impossible 80-GPU job, verdict", 249.5, ImpossibleJob);
        Case(report, "reclaim 4,000 x 1 GPU", 694, ReclaimOneByOne);
        Case(report, "reclaim 4,000 GPUs for one gang", 85, ReclaimForGang);
        Case(report, "consolidation for 41 gangs", 456, Consolidation);
        return Task.CompletedTask;
    }

    private static void Case(Report report, string name, double? published, Func<double> run)
    {
        var seconds = Median.Of(Enumerable.Range(0, Rounds).Select(_ => run()));
        if (published is { } theirs)
            report.Ratio(name, "time", seconds * 1000, "ms", "published", theirs * 1000);
        else
            report.Figure(name, "time", seconds * 1000, "ms");
    }

    // Through the queue: all of them wait until the nodes come.
    private static double OneGpuJobs()
    {
        var world = new EngineWorld(0);
        for (var id = 1UL; id <= 4_000; id++)
            EngineWorld.Expect(Outcome.Queued, world.Place(id, 1, new WorkloadTraits(), wait: true));
        world.AddNodes(Nodes);
        return Seconds(() => EngineWorld.Expect(Outcome.Done, world.Schedule()));
    }

    private static double LargeGang()
    {
        var world = new EngineWorld(512);
        var gang = new PlaceGangCommand { Gang = EngineWorld.Gang(1, 512, EngineWorld.GpusPerNode, TopologyMode.Soft) };
        return Seconds(() => EngineWorld.Expect(Outcome.Done, world.Do(gang)));
    }

    private static double TwentyGangs()
    {
        var world = new EngineWorld(1_250);
        var gangs = Enumerable.Range(1, 20).Select(id => new PlaceGangCommand { Gang = EngineWorld.Gang((ulong)id, 500, 1) }).ToList();
        return Seconds(() =>
        {
            foreach (var gang in gangs)
                EngineWorld.Expect(Outcome.Done, world.Do(gang));
        });
    }

    // Ten nodes' worth inside one leaf of which every node but two is taken.
    private static double ImpossibleJob()
    {
        var world = new EngineWorld(Nodes);
        for (var node = 0; node < Nodes; node++)
        {
            if (node % EngineWorld.NodesPerLeaf > 1)
                world.Do(new BindCommand { Workload = (ulong)node + 1, Node = EngineWorld.NodeName(node), GpuMask = 0xFF, GpuMilli = 1000 });
        }
        var gang = new PlaceGangCommand { Gang = EngineWorld.Gang(1, 10, EngineWorld.GpusPerNode, TopologyMode.Hard) };
        return Seconds(() => EngineWorld.Expect(Outcome.NoFit, world.Do(gang)));
    }

    // Spot everywhere, and Reserved workloads that come for all of it.
    private static double ReclaimOneByOne()
    {
        var world = FullOfSpot();
        return Seconds(() =>
        {
            for (var id = 1UL; id <= Nodes * EngineWorld.GpusPerNode; id++)
                EngineWorld.Expect(Outcome.Done, world.Place(1_000_000 + id, 1, Reserved, mayPreempt: true));
        });
    }

    private static double ReclaimForGang()
    {
        var world = FullOfSpot();
        var gang = new PlaceGangCommand { Gang = EngineWorld.Gang(1, Nodes, EngineWorld.GpusPerNode, traits: Reserved), MayPreempt = true };
        return Seconds(() => EngineWorld.Expect(Outcome.Done, world.Do(gang)));
    }

    // A small workload on every node leaves none whole. Ten nodes for each gang are freed, and who had to go is placed elsewhere.
    private static double Consolidation()
    {
        var world = new EngineWorld(Nodes);
        for (var node = 0; node < Nodes; node++)
        {
            world.Do(new BindCommand
            {
                Workload = (ulong)node + 1,
                Node = EngineWorld.NodeName(node),
                GpuMask = 1,
                GpuMilli = 1000,
                Traits = Spot,
            });
        }
        var moved = 0UL;
        return Seconds(() =>
        {
            for (var id = 1UL; id <= 41; id++)
            {
                var gang = new PlaceGangCommand { Gang = EngineWorld.Gang(id, 10, EngineWorld.GpusPerNode, traits: Reserved), MayPreempt = true };
                var reply = world.Do(gang);
                EngineWorld.Expect(Outcome.Done, reply);
                for (var left = ((GangPlacement)reply.Detail!).Evictions?.Victims.Length ?? 0; left > 0; left--)
                    EngineWorld.Expect(Outcome.Done, world.Place((1UL << 50) + ++moved, 1, Spot));
            }
        });
    }

    private static EngineWorld FullOfSpot()
    {
        var world = new EngineWorld(Nodes);
        for (var id = 1UL; id <= Nodes * EngineWorld.GpusPerNode; id++)
            EngineWorld.Expect(Outcome.Done, world.Place(id, 1, Spot));
        return world;
    }

    private static double Seconds(Action action)
    {
        var started = TimeProvider.System.GetTimestamp();
        action();
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }
}
