using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>A gang that needs 64 whole nodes under one spine of a full cluster, against planning it under every spine.</summary>
internal static class OneDomain
{
    private const int Members = 64;

    // The runtime compiles hot code anew a while after it has become so.
    private const int Warmups = 200;
    private const int Samples = 60;
    private const int Hours = 5;
    private const int ExhaustiveSamples = 5;
    private const double MostNanoseconds = 2e6;

    public static void Run(Report report, FullCluster cluster, int nodes)
    {
        var name = $"64 x 8 GPUs in a domain of {nodes / 1000}k full nodes";
        report.Note($"{name}: plan, evictions and placement");
        GangPlacement? placed = null;
        Action<int> place = _ => placed = (GangPlacement)cluster.PlaceGang(Members).Detail!;
        var measured = Time(place);
        report.Latency(name, measured);
        report.AtMost(name, "p50", measured.P50, "ns", MostNanoseconds);
        report.AtMost($"{name}, nine of ten named", "p50", Time(_ => placed = (GangPlacement)cluster.PlaceNamed(Members).Detail!).P50, "ns", MostNanoseconds);
        cluster.PassAnHour();
        var hourly = new Stretches(TimeProvider.System, 1, place, _ => UndoAndPassAnHour(cluster, placed!));
        hourly.Run(Hours);
        report.AtMost($"{name}, an hour after the last", "p50", hourly.Result.P50, "ns", MostNanoseconds);
        var least = 0L;
        var exhaustive = Measure.Batches(TimeProvider.System, 1, ExhaustiveSamples, 1, _ => least = EverySpine(cluster));
        report.Ratio(name, "p50", measured.P50, "ns", "every domain p50", exhaustive.P50);
        var paid = ((GangPlacement)cluster.PlaceGang(Members).Detail!).Evictions!.Impact;
        var vain = Measure.Batches(TimeProvider.System, Warmups, Samples, 1, _ => EngineWorld.Expect(Outcome.NoFit, cluster.PlaceGangInVain(Members)));
        report.AtMost($"{name}, in vain", "p50", vain.P50, "ns", MostNanoseconds);
        report.Ratio(name, "impact", paid, "GPU-s", "least of every domain", Impact.GpuSeconds(least), 1.05);

        Measurement Time(Action<int> operation)
        {
            var stretches = new Stretches(TimeProvider.System, 1, operation, _ => cluster.Undo(placed!));
            stretches.WarmUp(Warmups);
            stretches.Run(Samples);
            return stretches.Result;
        }
    }

    private static void UndoAndPassAnHour(FullCluster cluster, GangPlacement placed)
    {
        cluster.Undo(placed);
        cluster.PassAnHour();
    }

    private static long EverySpine(FullCluster cluster)
    {
        // Leaves behind who has no place yet.
        cluster.PlaceGang(Members, mayPreempt: false);
        var newcomers = new Newcomers(cluster.NextGang(Members), Nodes: null, Members, AsListed: false);
        var (tree, least) = (cluster.State.Nodes.Topology, long.MaxValue);
        for (var domain = 1; domain < tree.Count; domain++)
        {
            var offer = new DomainOffer(false, 0, tree.LevelOf(domain), domain, 0, cluster.Reserved);
            var room = new DomainRoom(cluster.State, newcomers);
            if (tree.TierOf(domain) == FullCluster.SpineTier && new GangPlan(cluster.State, newcomers, offer).TryFill(least, ref room, out var cost))
                least = cost;
        }
        return least;
    }
}
