using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

[Collection(Alone.Name)]
public sealed class HopelessShapesTests
{
    [Fact]
    public async Task Equal_shapes_that_fit_nowhere_are_judged_once_a_pass()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        for (ulong id = 10; id < 40; id++)
            cluster.With(FakeCluster.Workload(id, 8));
        cluster.With(FakeCluster.Workload(99, 0));
        using var refusals = new PlaceCounter();
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        // The one that fits stands behind all that do not.
        await cluster.WhenAsync("bind 99");

        Assert.Equal(1, refusals.NoFits());
    }
}
