using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Decide;

/// <summary>What a placement costs, and that the cost does not grow with the cluster.</summary>
internal sealed class DecideSuite : ISuite
{
    private static readonly int[] NodeCounts = [1_000, 10_000, 100_000];

    public string Name => "decide";

    public string About => "Place and release at 1k, 10k and 100k nodes against a Vector256 scan and a bare bitmap lookup; memory of a full model";

    public string Sizes => "8-GPU nodes in 10 groups, 80 % used, 1/2/4/8 GPUs; worst cases and memory at 100,000 nodes";

    public async Task RunAsync(Report report)
    {
        report.Note("An operation is place + release, timed in batches of 10 (the clock takes as long as half of one); percentiles of the batches' means.");
        // The runtime recompiles hot code as it learns; without this the smallest cluster, measured first, would pay for that. It learns from the
        // first calls, which have policies in force, as an operator's have.
        new PlaceAndRelease(NodeCounts[0], governed: true).Run(new Report(Name, TextWriter.Null));
        var medians = NodeCounts.Select(nodes => new PlaceAndRelease(nodes).Run(report)).ToList();
        report.Note("An operation is a place in a full cluster; the releases between the batches are not timed.");
        await PlacingCase.RunAsync(report);
        report.Note("An operation is place + release again.");
        var governed = new[] { NodeCounts[0], NodeCounts[^1] }.Select(nodes => new PlaceAndRelease(nodes, governed: true).Run(report)).ToList();
        report.Ratio("place+release 100k", "p50", medians[^1], "ns", "p50 at 1k", medians[0], 2.5);
        report.Ratio("place+release, all policies 100k", "p50", governed[1], "ns", "p50 at 1k", governed[0], 2.5);
        report.Note("An operation is one place that finds nothing.");
        foreach (var worstCase in WorstCase.All)
            worstCase.Run(report);
        MemoryCase.Run(report);
    }
}
