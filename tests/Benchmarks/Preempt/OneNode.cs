using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>A workload that needs a whole node of a full cluster, against judging every node.</summary>
internal static class OneNode
{
    private const int Warmups = 200;
    private const int Samples = 2_000;
    private const int ExhaustiveSamples = 15;
    private const int GoalNodes = 100_000;

    public static void Run(Report report, FullCluster cluster, int nodes)
    {
        var name = $"8 GPUs of {nodes / 1000}k full nodes";
        report.Note($"{name}: plan, evictions and placement");
        var measured = Measure.Batches(TimeProvider.System, Warmups, Samples, 1, _ => cluster.PlaceOne());
        report.Latency(name, measured);
        var least = 0L;
        var exhaustive = Measure.Batches(TimeProvider.System, 2, ExhaustiveSamples, 1, _ => least = EveryNode(cluster));
        report.Ratio(name, "p50", measured.P50, "ns", "every node p50", exhaustive.P50, nodes == GoalNodes ? 0.02 : null);
        var paid = ((Nomination)cluster.PlaceOne().Detail!).Evictions.Impact;
        report.Ratio(name, "impact", paid, "GPU-s", "least of every node", Impact.GpuSeconds(least), 1.05);
    }

    private static long EveryNode(FullCluster cluster)
    {
        var (state, scratch, least) = (cluster.State, cluster.State.Preemption, long.MaxValue);
        scratch.Begin(state, cluster.Reserved);
        for (var node = 0; node < state.Nodes.End; node++)
        {
            if (scratch.Search.Cost(state, node, FullCluster.WholeNode, 1, least) is not NodeVictims.NoWay and var cost)
                least = cost;
        }
        return least;
    }
}
