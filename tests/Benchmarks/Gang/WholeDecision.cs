using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;

namespace Pipeline.Benchmarks.Gang;

/// <summary>The whole decision through the engine: the domain, and every member with its GPUs entered into the model.</summary>
internal static class WholeDecision
{
    private const int Nodes = 100_000;
    private const int Members = 64;
    private const int Warmups = 4_000;
    private const int Samples = 4_000;

    /// <param name="recounted">Median of recounting the tree, in nanoseconds.</param>
    public static void Run(Report report, double recounted)
    {
        var world = new EngineWorld(Nodes);
        Crowd(world);
        var place = new PlaceGangCommand { Gang = EngineWorld.Gang(1, Members, EngineWorld.GpusPerNode, TopologyMode.Hard, EngineWorld.SpineTier) };
        var release = new ReleaseGangCommand { Gang = 1 };
        var time = TimeProvider.System;
        var placing = new Gauge(time);
        for (var sample = -Warmups; sample < Samples; sample++)
        {
            if (sample < 0)
                EngineWorld.Expect(Outcome.Done, world.Do(place));
            else
                placing.Run(1, () => EngineWorld.Expect(Outcome.Done, world.Do(place)));
            EngineWorld.Expect(Outcome.Done, world.Do(release));
        }
        const string Case = "64 x 8 GPUs hard, whole decision 100k";
        report.Latency(Case, placing.Result);
        // Without a goal: most of it is 64 workloads with their GPUs, quota and deadlines, which recounting a tree has no counterpart of.
        report.Ratio(Case, "p50", placing.Result.P50, "ns", "recount p50", recounted);
    }

    // Every fourth node is in part used, one in three of the rest full.
    private static void Crowd(EngineWorld world)
    {
        for (var node = 0; node < Nodes; node++)
        {
            var mask = node % 4 == 0 ? 1u : node % 2 == 0 ? 0xFFu : 0u;
            if (mask != 0)
                world.Do(new BindCommand { Workload = (ulong)node + 1, Node = EngineWorld.NodeName(node), GpuMask = mask, GpuMilli = 1000 });
        }
    }
}
