using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;

namespace Pipeline.Benchmarks.Decide;

/// <summary>The usual case: something fits.</summary>
/// <param name="governed">With every policy in force.</param>
internal sealed class PlaceAndRelease(int nodes, bool governed = false)
{
    private const int Batches = 30_000;
    private const int PerBatch = 10;
    private const int Warmups = 100_000;
    private const ulong Probe = 1UL << 60;

    private readonly string _case = $"place+release{(governed ? ", all policies" : "")} {nodes / 1000}k";
    private readonly (int Group, int Gpus)[] _requests = Fleet.Requests(4096);

    /// <returns>The median, in nanoseconds.</returns>
    public double Run(Report report)
    {
        var fleet = new Fleet(nodes);
        if (governed)
            fleet.Govern(nodes);
        var live = fleet.Fill(nodes);
        var measured = Measure.Batches(TimeProvider.System, Warmups, Batches, PerBatch, step => PlaceOne(fleet, step));
        Agree(fleet);
        var scan = Scan(fleet);
        report.Latency(_case, measured);
        report.AtMost(_case, "allocated", measured.BytesPerOperation, "B/op", 0);
        double? goal = nodes == 100_000 && !governed ? 0.2 : null;
        report.Ratio(_case, "p50", measured.P50, "ns", "Vector256 scan p50", scan.P50, goal);
        report.Ratio(_case, "p50", measured.P50, "ns", "scan up to an exact fit p50", Scan(fleet, stopsAtExact: true).P50, goal);
        if (!governed)
            report.Latency($"release any+place {nodes / 1000}k", Churn(fleet, live));
        return measured.P50;
    }

    private void PlaceOne(Fleet fleet, int step)
    {
        var (group, gpus) = _requests[step & 4095];
        fleet.Place(Probe, group, gpus);
        fleet.Release(Probe);
    }

    // With policies in force it chooses by more than the columns say.
    private void Agree(Fleet fleet)
    {
        var scan = new VectorScan(fleet.Publish());
        foreach (var (group, gpus) in governed ? [] : _requests)
        {
            var reply = fleet.Place(Probe, group, gpus);
            fleet.Release(Probe);
            var found = scan.Find(group, gpus, gpus * Fleet.CpuPerGpu, gpus * Fleet.MemoryPerGpu);
            if (found != (reply.Outcome == Outcome.Done ? reply.Node : -1))
                throw new InvalidOperationException($"{gpus} GPUs of group {group}: the scan finds node {found}, the engine node {reply.Node} ({reply.Outcome}).");
        }
    }

    private Measurement Scan(Fleet fleet, bool stopsAtExact = false)
    {
        var scan = new VectorScan(fleet.Publish(), stopsAtExact);
        return Measure.Batches(TimeProvider.System, Warmups / 10, Batches, PerBatch, step =>
        {
            var (group, gpus) = _requests[step & 4095];
            var (cpu, memory) = (gpus * Fleet.CpuPerGpu, gpus * Fleet.MemoryPerGpu);
            var node = scan.Find(group, gpus, cpu, memory);
            if (node >= 0)
                scan.Release(node, scan.Place(node, gpus, cpu, memory), cpu, memory);
        });
    }

    // Every operation touches other nodes and workloads, so this shows what the caches cost.
    private Measurement Churn(Fleet fleet, List<ulong> live)
    {
        var (random, next) = (new Random(3), 1UL << 50);
        return Measure.Batches(TimeProvider.System, Warmups, Batches, PerBatch, step =>
        {
            var at = random.Next(live.Count);
            fleet.Release(live[at]);
            var (group, gpus) = _requests[step & 4095];
            fleet.Place(live[at] = ++next, group, gpus);
        });
    }
}
