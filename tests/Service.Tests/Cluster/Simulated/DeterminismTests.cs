using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class DeterminismTests
{
    private static readonly SimulatedClusterOptions Lively = new()
    {
        Nodes = 6,
        Speed = 10,
        ActionFailurePercent = 20,
        JitterPercent = 30,
        BudgetPercent = 30,
    };

    [Fact]
    public void The_same_seed_calls_and_clock_give_the_same_cluster()
    {
        for (var seed = 1; seed <= Cases.Of(20); seed++)
            Assert.Equal(Run((ulong)seed, calls: seed), Run((ulong)seed, calls: seed));
    }

    [Fact]
    public void Another_seed_gives_another_cluster()
        => Assert.Equal(10, Enumerable.Range(1, 10).Select(seed => Run((ulong)seed, calls: 1)).Distinct().Count());

    [Fact]
    public void It_does_not_matter_how_often_the_clock_is_looked_at()
    {
        string Run(int looks)
        {
            using var bench = new Bench(Lively);
            var workload = bench.PlaceOne(0b1);
            bench.Break("xid79");
            bench.Evict(workload.Id);
            bench.Start(Contracts.Cluster.NodeActionKind.DriverReset, node: Bench.Other);
            for (var look = 0; look < looks; look++)
            {
                bench.Time.Advance(TimeSpan.FromSeconds(60) / looks);
                bench.Cluster.Advance();
            }

            return Script.Picture(bench.Cluster);
        }

        Assert.Equal(Run(1), Run(600));
    }

    private static string Run(ulong seed, int calls)
    {
        using var bench = new Bench(Lively with { Seed = seed });
        var random = new Random(calls);
        for (var step = 0; step < 150; step++)
            Script.Step(random, bench.Cluster, bench.Time, step);
        return Script.Picture(bench.Cluster);
    }
}
