using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Gang;

/// <summary>What it costs to find room for a gang in one network domain.</summary>
internal sealed class GangSuite : ISuite
{
    private static readonly int[] NodeCounts = [10_000, 100_000];

    public string Name => "gang";

    public string About => "Choosing a gang's network domain and keeping the domains' counts, against recounting them from the node columns";

    public string Sizes => "8-GPU nodes in 10 groups; 32 nodes a leaf, 16 leaves a spine, three tiers; 10,000 and 100,000 nodes";

    public Task RunAsync(Report report)
    {
        foreach (var nodes in NodeCounts)
        {
            var fabric = new Fabric(nodes);
            foreach (var choice in DomainChoice.All)
                choice.Run(report, fabric);
            new CountMoves(fabric).Run(report);
        }
        DomainChoice.InIdleCluster.Run(report, new Fabric(NodeCounts[^1], idle: true));
        return Task.CompletedTask;
    }
}
