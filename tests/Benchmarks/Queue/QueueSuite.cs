using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Benchmarks.Queue;

/// <summary>A cycle through a long queue of which little fits.</summary>
internal sealed class QueueSuite : ISuite
{
    private const int Nodes = 1_000;
    private const int Waiting = 9_900;
    private const int Fitting = 100;
    private const int Rounds = 300;
    private const ulong First = 1UL << 40;

    // As the policy's default is, and as often as holds are thought about.
    private const long HoldAfter = 300_000;
    private const long PlanEvery = 10_000;

    public string Name => "queue";

    public string About => "A scheduling cycle with 10,000 pending workloads of which 100 fit, against those 100 placements alone";

    public string Sizes => "1,000 8-GPU nodes, full but for 100 GPUs; 9,900 workloads in 12 shapes and ranks that do not fit, 100 that do";

    public Task RunAsync(Report report)
    {
        var world = World();
        var (cycle, alone) = (new Gauge(TimeProvider.System), new Gauge(TimeProvider.System));
        for (var round = -20; round < Rounds; round++)
        {
            for (var i = 0UL; i < Fitting; i++)
                EngineWorld.Expect(Outcome.Queued, Later(world, First + i));
            // Enough time passes for the clock of the queue to move as it does in life.
            world.Now += 10;
            if (round < 0)
                world.Schedule();
            else
                cycle.Run(1, () => EngineWorld.Expect(Outcome.Done, world.Schedule()));
            Clear(world);
            if (round >= 0)
                alone.Run(1, () => PlaceAll(world));
            else
                PlaceAll(world);
            Clear(world);
        }
        report.Note("An operation is one cycle; the baseline is 100 commands that place the same 100 workloads.");
        report.Latency("10,000 pending, 100 fit", cycle.Result);
        report.Ratio("10,000 pending, 100 fit", "p50", cycle.Result.P50, "ns", "100 placements p50", alone.Result.P50, 3);
        Holds(report, world);
        return Task.CompletedTask;
    }

    /// <summary>Nothing fits any more, and the queue has waited so long that nodes wait with its first jobs.</summary>
    private static void Holds(Report report, EngineWorld world)
    {
        Fill(world, true);
        world.Now += HoldAfter;
        var (plans, cycles) = (new Gauge(TimeProvider.System), new Gauge(TimeProvider.System));
        for (var round = 0; round < Rounds; round++)
        {
            world.Now += PlanEvery;
            plans.Run(1, () => EngineWorld.Expect(Outcome.Done, world.Schedule()));
            world.Now++;
            cycles.Run(1, () => EngineWorld.Expect(Outcome.Unchanged, world.Schedule()));
        }
        if (world.State.Reservations.Holds.IsEmpty)
            throw new InvalidOperationException("No nodes wait with the first job, which is what the case measures.");
        report.Note("An operation is a cycle in which nothing fits and holds are thought about; the baseline is one without the latter.");
        report.Latency("9,900 pending, holds due", plans.Result);
        report.Ratio("9,900 pending, holds due", "p50", plans.Result.P50, "ns", "none due p50", cycles.Result.P50);
    }

    // In the queue at once: asked for while there is no room.
    private static Reply Later(EngineWorld world, ulong id)
    {
        if (id == First)
            Fill(world, true);
        var reply = world.Place(id, 1, new WorkloadTraits(), wait: true);
        if (id == First + Fitting - 1)
            Fill(world, false);
        return reply;
    }

    private static void Fill(EngineWorld world, bool full)
    {
        for (var i = 0UL; i < Fitting; i++)
        {
            if (full)
                EngineWorld.Expect(Outcome.Done, world.Place(First * 2 + i, 1, new WorkloadTraits()));
            else
                EngineWorld.Expect(Outcome.Done, world.Release(First * 2 + i));
        }
    }

    private static void PlaceAll(EngineWorld world)
    {
        for (var i = 0UL; i < Fitting; i++)
            EngineWorld.Expect(Outcome.Done, world.Place(First + i, 1, new WorkloadTraits()));
    }

    private static void Clear(EngineWorld world)
    {
        for (var i = 0UL; i < Fitting; i++)
            EngineWorld.Expect(Outcome.Done, world.Release(First + i));
    }

    private static EngineWorld World()
    {
        var world = new EngineWorld(Nodes);
        var id = 1UL;
        for (var node = 0; node < Nodes; node++)
            EngineWorld.Expect(Outcome.Done, world.Place(id++, node < Fitting ? EngineWorld.GpusPerNode - 1 : EngineWorld.GpusPerNode, new WorkloadTraits()));
        for (var waiting = 0; waiting < Waiting; waiting++)
        {
            var traits = new WorkloadTraits { Category = (Category)(waiting % 4), Provisioning = (Provisioning)(waiting % 3) };
            EngineWorld.Expect(Outcome.Queued, world.Place(id++, 2 + waiting % 2 * 2, traits, wait: true));
        }
        return world;
    }
}
