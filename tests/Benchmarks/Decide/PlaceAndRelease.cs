using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;

namespace Pipeline.Benchmarks.Decide;

/// <summary>The usual case: something fits.</summary>
/// <param name="governed">With every policy in force.</param>
internal sealed class PlaceAndRelease(int nodes, bool governed = false)
{
    private const int Batches = 30_000;
    private const int BatchesPerTurn = 300;
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
        Agree(fleet);
        var place = new Stretches(TimeProvider.System, PerBatch, step => PlaceOne(fleet, step));
        var (scan, exact) = (Scan(fleet), Scan(fleet, stopsAtExact: true));
        place.WarmUp(Warmups);
        scan.WarmUp(Warmups / 10);
        exact.WarmUp(Warmups / 10);
        for (var turn = 0; turn < Batches / BatchesPerTurn; turn++)
        {
            place.Run(BatchesPerTurn);
            scan.Run(BatchesPerTurn);
            exact.Run(BatchesPerTurn);
        }

        var measured = place.Result;
        report.Latency(_case, measured);
        report.AtMost(_case, "allocated", measured.BytesPerOperation, "B/op", 0);
        report.Ratio(_case, "p50", measured.P50, "ns", "Vector256 scan p50", scan.Result.P50, nodes == 100_000 && !governed ? 0.2 : null);
        report.Ratio(_case, "p50", measured.P50, "ns", "scan up to an exact fit p50", exact.Result.P50);
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

    private Stretches Scan(Fleet fleet, bool stopsAtExact = false)
    {
        var scan = new VectorScan(fleet.Publish(), stopsAtExact);
        return new Stretches(TimeProvider.System, PerBatch, step =>
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
