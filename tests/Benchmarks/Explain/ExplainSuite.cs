using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Benchmarks.Explain;

/// <summary>What an explanation costs, and that decisions do not pay for it.</summary>
internal sealed class ExplainSuite : ISuite
{
    private const int Nodes = 10_000;
    private const int Pending = 10_000;
    private const ulong Probe = 1UL << 50;
    private const int Rounds = 6;
    private const int BatchesPerRound = 5_000;
    private const int PerBatch = 10;
    private const int Warmups = 300_000;

    public string Name => "explain";

    public string About => "Explaining a waiting workload and a waiting gang, and placements while 10,000 jobs could be explained";

    public string Sizes => "10,000 8-GPU nodes, nearly full; 10,000 waiting workloads";

    public Task RunAsync(Report report)
    {
        var (idle, world) = (World(), World());
        Enqueue(world);
        var workload = new ExplainCommand { Workload = 1_000_000 + Pending / 2 };
        var gang = new ExplainCommand { Gang = 7 };
        EngineWorld.Expect(Outcome.Queued, world.Do(new PlaceGangCommand
        {
            Gang = EngineWorld.Gang(7, 64, EngineWorld.GpusPerNode, TopologyMode.Hard, EngineWorld.SpineTier),
            Wait = true,
        }));
        Case(report, "waiting workload 10k", Measure.Batches(TimeProvider.System, 50, 500, 1, _ => EngineWorld.Expect(Outcome.Unchanged, world.Do(workload))));
        Case(report, "waiting gang 10k", Measure.Batches(TimeProvider.System, 50, 500, 1, _ => EngineWorld.Expect(Outcome.Unchanged, world.Do(gang))));
        var (without, with) = (Placing(idle), Placing(world));
        for (var round = 0; round < Rounds; round++)
        {
            without.Run(BatchesPerRound);
            with.Run(BatchesPerRound);
        }

        report.Ratio("place+release, nobody asks", "p50", with.Result.P50, "ns", "without waiting jobs p50", without.Result.P50, 1.15);
        report.AtMost("place+release, nobody asks", "allocated", with.Result.BytesPerOperation, "B/op", 0);
        return Task.CompletedTask;
    }

    private static void Case(Report report, string name, Measurement measured)
    {
        report.Latency(name, measured);
        report.AtMost(name, "p50", measured.P50 / 1e6, "ms", 1);
    }

    private static Stretches Placing(EngineWorld world)
    {
        var placing = new Stretches(TimeProvider.System, PerBatch, _ =>
        {
            world.Place(Probe, 1, new WorkloadTraits());
            world.Release(Probe);
        });
        placing.WarmUp(Warmups);
        return placing;
    }

    private static void Enqueue(EngineWorld world)
    {
        for (var i = 0UL; i < Pending; i++)
            EngineWorld.Expect(Outcome.Queued, world.Place(1_000_000 + i, 8, new WorkloadTraits { Category = (Category)(i % 4) }, wait: true));
    }

    private static EngineWorld World()
    {
        var world = new EngineWorld(Nodes);
        for (var node = 0UL; node < Nodes; node++)
            EngineWorld.Expect(Outcome.Done, world.Place(node + 1, node % 10 == 0 ? 6 : 8, new WorkloadTraits()));
        return world;
    }
}
