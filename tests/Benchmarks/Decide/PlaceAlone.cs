using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;

namespace Pipeline.Benchmarks.Decide;

/// <summary>
/// What the placement rule, and every policy, cost beside a scheduler of bare bitmaps: placements into holes that random releases leave, in a cluster filled
/// the same way, all in turns. The releases are not timed.
/// </summary>
internal sealed class PlaceAlone(int nodes)
{
    private const int Rounds = 6;

    // So long that the caches are each one's own for most of it.
    private const int BatchesPerRound = 5_000;
    private const int PerBatch = 10;
    private const int Warmups = 300_000;

    // Where choosing well costs more than five times the plainest choice, or now and then more than ten times, the index has failed.
    private const double MedianGoal = 5;
    private const double TailGoal = 10;

    public void Run(Report report)
    {
        var governed = new Fleet(nodes);
        governed.Govern(nodes);
        var (bare, plain, policies) = (Bare(), Plain(new Fleet(nodes)), Plain(governed));
        TakeTurns(bare, plain, policies);
        report.Latency($"bare bitmaps {nodes / 1000}k", bare.Result);
        Compare(report, $"place {nodes / 1000}k", bare.Result, plain.Result, goals: true);
        Compare(report, $"place, all policies {nodes / 1000}k", bare.Result, policies.Result, goals: true);
        var mixed = Mixed();
        TakeTurns(mixed);
        Compare(report, $"place mixed shapes {nodes / 1000}k", bare.Result, mixed.Result, goals: false);
    }

    private static void TakeTurns(params Stretches[] all)
    {
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var stretches in all)
                stretches.Run(BatchesPerRound);
        }
    }

    private static void Compare(Report report, string name, Measurement bare, Measurement measured, bool goals)
    {
        report.Latency(name, measured);
        report.Ratio(name, "p50", measured.P50, "ns", "bare bitmaps p50", bare.P50, goals ? MedianGoal : null);
        report.Ratio(name, "p99", measured.P99, "ns", "bare bitmaps p99", bare.P99, goals ? TailGoal : null);
        // Of many shapes a few classes of nodes are still new after the warm-up, and a new class takes memory once.
        if (goals)
            report.AtMost(name, "allocated", measured.BytesPerOperation, "B/op", 0);
    }

    private static Stretches Filled(LiveSet workloads)
    {
        workloads.Fill();
        // One batch's worth of holes.
        for (var i = 0; i < PerBatch; i++)
            workloads.ReleaseAny();
        var stretches = new Stretches(TimeProvider.System, PerBatch, _ => workloads.PlaceNext(), _ => workloads.ReleaseAny());
        stretches.WarmUp(Warmups);
        return stretches;
    }

    private Stretches Bare()
    {
        var (bare, requests) = (new BareScheduler(nodes), Fleet.Requests(4096));
        return Filled(new LiveSet((id, number) =>
        {
            var (group, gpus) = requests[number];
            return bare.Place(id, "bench/workload", group, gpus, gpus * Fleet.CpuPerGpu, gpus * Fleet.MemoryPerGpu);
        }, bare.Release));
    }

    private static Stretches Plain(Fleet fleet)
    {
        var requests = Fleet.Requests(4096);
        return Filled(new LiveSet(
            (id, number) => fleet.Place(id, requests[number].Group, requests[number].Gpus).Outcome == Outcome.Done, id => fleet.Release(id)));
    }

    private Stretches Mixed()
    {
        var (fleet, shapes) = (new Fleet(nodes), MixedShapes.Of(4096));
        return Filled(new LiveSet((id, number) =>
        {
            ref readonly var shape = ref shapes[number];
            return fleet.Place(id, shape.Group, shape.Gpus, shape.Cpu, shape.Memory, shape.Milli).Outcome == Outcome.Done;
        }, id => fleet.Release(id)));
    }
}
