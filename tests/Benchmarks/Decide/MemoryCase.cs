using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Decide;

/// <summary>Managed memory of the largest model that one engine must hold, with a published snapshot.</summary>
internal static class MemoryCase
{
    private const int Nodes = 100_000;
    private const int Workloads = 1_000_000;
    private const double TwoGibibytes = 2048;

    public static void Run(Report report)
    {
        const string name = "memory 100k nodes, 1M workloads";
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var fleet = new Fleet(Nodes);
        for (var workload = 0; workload < Workloads; workload++)
            fleet.Place((ulong)workload + 1, $"team-{workload % 200:000}/training-{workload:0000000}-worker-0", milli: 500);
        if (fleet.State.Workloads.Count != Workloads)
            throw new InvalidOperationException($"Only {fleet.State.Workloads.Count} workloads found a place.");
        var model = GC.GetTotalMemory(forceFullCollection: true) - before;
        var snapshot = fleet.Publish();
        var both = GC.GetTotalMemory(forceFullCollection: true) - before;
        report.Figure(name, "model", Mebibytes(model), "MiB");
        report.AtMost(name, "+ snapshot", Mebibytes(both), "MiB", TwoGibibytes);
        GC.KeepAlive(snapshot);
        GC.KeepAlive(fleet);
    }

    private static double Mebibytes(long bytes) => bytes / (1024.0 * 1024.0);
}
