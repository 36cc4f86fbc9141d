using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling.Gangs;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>A gang of 512 whole nodes anywhere in a full cluster, every eight of them on a leaf, against the same gang without that rule.</summary>
internal static class ManySubgroups
{
    private const int Members = 512;
    private const int Subgroup = 8;
    private const int Warmups = 10;
    private const int Samples = 20;

    public static void Run(Report report, FullCluster cluster, int nodes)
    {
        var name = $"64 sub-groups of 8 x 8 GPUs, {nodes / 1000}k full nodes";
        report.Note($"{name}: plan, evictions and placement");
        var grouped = Measured(cluster, Subgroup);
        report.Latency(name, grouped);
        report.Ratio(name, "p50", grouped.P50, "ns", "without sub-groups p50", Measured(cluster, 0).P50, 3);
    }

    private static Measurement Measured(FullCluster cluster, int subgroup)
    {
        GangPlacement? placed = null;
        var stretches = new Stretches(
            TimeProvider.System, 1, _ => placed = (GangPlacement)cluster.PlaceSubgroups(Members, subgroup).Detail!, _ => cluster.Undo(placed!));
        stretches.WarmUp(Warmups);
        stretches.Run(Samples);
        return stretches.Result;
    }
}
