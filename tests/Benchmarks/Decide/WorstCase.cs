using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;

namespace Pipeline.Benchmarks.Decide;

/// <summary>Requests that no node can take, in clusters made to mislead an index.</summary>
/// <param name="Bind">Fills node number <c>node</c>.</param>
/// <param name="Goal">Limit of the ratio to the scan.</param>
internal sealed record WorstCase(string Name, Action<Fleet, int> Bind, int Gpus, int Cpu, int Memory, double Goal)
{
    private const int Nodes = 100_000;
    private const int Batches = 3_000;
    private const int PerBatch = 10;

    public static IReadOnlyList<WorstCase> All { get; } =
    [
        new("nothing fits 100k", (fleet, node) => fleet.Bind(Id(node), node, node % 2 == 0 ? 0x7Fu : 0x3Fu, 0, 0), 4, 1000, 1000, 1),
        new("free GPUs lack CPU 100k", (fleet, node) => BindOneOfFive(fleet, node, 0, Fleet.CpuPerNode - 500, 0), 4, 1000, 1000, 1),
        // Here every summary promises both, so the search soon gives up and scans.
        new("CPU here, memory there 100k", BindCpuOrMemory, 4, 1000, 1000, 2),
    ];

    public void Run(Report report)
    {
        var fleet = new Fleet(Nodes);
        for (var node = 0; node < Nodes; node++)
            Bind(fleet, node);
        var scan = new VectorScan(fleet.Publish());
        report.Latency(Name, Compare(report, Name, fleet, scan, step => step % Fleet.Groups));
        Compare(report, Name + ", any group", fleet, scan, _ => -1);
    }

    private Measurement Compare(Report report, string name, Fleet fleet, VectorScan scan, Func<int, int> group)
    {
        var measured = Measure.Batches(TimeProvider.System, 20_000, Batches, PerBatch, step => Check(
            fleet.Place(1UL << 60, group(step), Gpus, Cpu, Memory).Outcome == Outcome.NoFit));
        var scanned = Measure.Batches(TimeProvider.System, 2_000, Batches, PerBatch, step => Check(
            scan.Find(group(step), Gpus, Cpu, Memory) < 0));
        report.Ratio(name, "p50", measured.P50, "ns", "Vector256 scan p50", scanned.P50, Goal);
        report.AtMost(name, "allocated", measured.BytesPerOperation, "B/op", 0);
        return measured;
    }

    private static ulong Id(int node) => (ulong)node + 1;

    // Four nodes of five are full; the fifth has GPUs and lacks something else.
    private static void BindOneOfFive(Fleet fleet, int node, uint gpus, int cpu, int memory)
    {
        if (node % 5 == 0)
            fleet.Bind(Id(node), node, gpus, cpu, memory);
        else
            fleet.Bind(Id(node), node, 0xFF, 8 * Fleet.CpuPerGpu, 8 * Fleet.MemoryPerGpu);
    }

    private static void BindCpuOrMemory(Fleet fleet, int node)
    {
        if (node / 10 % 2 == 0)
            BindOneOfFive(fleet, node, 0, Fleet.CpuPerNode - 500, 0);
        else
            BindOneOfFive(fleet, node, 0, 0, Fleet.MemoryPerNode - 500);
    }

    private static void Check(bool nothingFound)
    {
        if (!nothingFound)
            throw new InvalidOperationException("A node was found where none fits.");
    }
}
