using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class PendingBookProperties
{
    private static readonly int Worlds = Cases.Of(5_000);

    /// <summary>Whatever comes, goes, fails and gets lost: in the end each workload is bound, or in the queue once, or rightly kept out of it.</summary>
    [Fact]
    public void The_queue_comes_to_hold_just_what_the_cluster_lists()
    {
        for (var seed = 1; seed <= Worlds; seed++)
        {
            var world = new BookWorld(seed);
            for (var step = 0; step < 60; step++)
                world.Act();
            world.Settle();
            if (world.Problem() is { } problem)
                Assert.Fail($"seed {seed}: {problem}\n{world}");
        }
    }
}
