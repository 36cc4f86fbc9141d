using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Gang;

/// <summary>What it costs to find room for a gang in one network domain, and to place it there.</summary>
internal sealed class GangSuite : ISuite
{
    private static readonly int[] NodeCounts = [10_000, 100_000];

    public string Name => "gang";

    public string About => "Placing gangs in network domains, and keeping the domains' counts, against recounting them from the node columns";

    public string Sizes => "8-GPU nodes in 10 groups; 32 nodes a leaf, 16 leaves a spine, three tiers; 10,000 and 100,000 nodes";

    public Task RunAsync(Report report)
    {
        var recounted = 0.0;
        foreach (var nodes in NodeCounts)
        {
            var fabric = new Fabric(nodes);
            var medians = DomainChoice.All.Select(choice => choice.Run(report, fabric)).ToList();
            recounted = medians[1];
            new CountMoves(fabric).Run(report);
        }
        DomainChoice.InIdleCluster.Run(report, new Fabric(NodeCounts[^1], idle: true));
        WholeDecision.Run(report, recounted);
        ManyGangs.Run(report);
        return Task.CompletedTask;
    }
}
