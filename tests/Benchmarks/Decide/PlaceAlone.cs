using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;

namespace Pipeline.Benchmarks.Decide;

/// <summary>
/// Placements into holes that random releases leave, by bare bitmaps, by the placement rule and with every policy, in clusters filled the same
/// way, all in turns. The releases are not timed.
/// </summary>
internal sealed class PlaceAlone(int nodes)
{
    private const int Rounds = 6;

    // So long that the caches are each one's own for most of it.
    private const int BatchesPerRound = 5_000;
    private const int PerBatch = 10;
    private const int Warmups = 300_000;

    public Placing Measure()
    {
        var governed = new Fleet(nodes);
        governed.Govern(nodes);
        var (bare, plain, policies) = (Bare(), Plain(new Fleet(nodes)), Plain(governed));
        TakeTurns(bare, plain, policies);
        var mixed = Mixed();
        TakeTurns(mixed);
        return new Placing(bare.Result, plain.Result, policies.Result, mixed.Result);
    }

    private static void TakeTurns(params Stretches[] all)
    {
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var stretches in all)
                stretches.Run(BatchesPerRound);
        }
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
