using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

[Collection(Alone.Name)]
public sealed class AskingTests
{
    [Fact]
    public async Task What_is_in_the_queue_is_not_asked_for_again()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        for (ulong id = 10; id < 40; id++)
            cluster.With(FakeCluster.Workload(id, 8));
        cluster.With(FakeCluster.Workload(99, 0));
        using var counter = new PlaceCounter();
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        // The one that fits stands behind all that do not.
        await cluster.WhenAsync("bind 99");
        for (var node = 0; node < 5; node++)
        {
            cluster.With(FakeCluster.Workload(100 + (ulong)node, 0));
            cluster.Emit(new ClusterEvent.WorkloadPending(FakeCluster.Workload(100 + (ulong)node, 0)));
            await cluster.WhenAsync($"bind {100 + node}");
        }

        Assert.Equal(30 + 1 + 5, counter.Asked());
        Assert.Equal(30, world.Snapshot.PendingCount);
    }
}
