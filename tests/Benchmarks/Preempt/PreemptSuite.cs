using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Preempt;

/// <summary>What it costs to take the place of others, and how near the choice is to the best.</summary>
internal sealed class PreemptSuite : ISuite
{
    private static readonly int[] NodeCounts = [10_000, 100_000];

    public string Name => "preempt";

    public string About => "Choosing victims in a full cluster against judging every node or domain; impact against the best of all victim sets";

    public string Sizes => "10,000 and 100,000 8-GPU nodes with eight Spot jobs each; 32 nodes a leaf, 16 leaves a spine; 1,000 clusters of 3 nodes, 1,500 of 12 to 30";

    public Task RunAsync(Report report)
    {
        SmallCases.Run(report);
        ManyNodes.Run(report);
        foreach (var nodes in NodeCounts)
        {
            var cluster = new FullCluster(nodes);
            OneNode.Run(report, cluster, nodes);
            OneDomain.Run(report, cluster, nodes);
            ManySubgroups.Run(report, cluster, nodes);
        }
        return Task.CompletedTask;
    }
}
