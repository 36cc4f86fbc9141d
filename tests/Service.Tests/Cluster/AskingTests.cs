using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

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
        using var counter = new CommandCounter(CommandKind.Place);
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

    [Fact]
    public async Task Those_that_a_node_takes_one_at_a_time_are_asked_for_once_each()
    {
        var apart = new FakeFilter(5, "a", "b", "c") { IsChangedByPlacing = true };
        var cluster = new FakeCluster().WithNodes("a", "b", "c");
        cluster.Preparing = place =>
        {
            apart.Admit([.. apart.Admitted()!.Where(node => node != place.Node)]);
            return Readiness.Ready;
        };
        for (ulong id = 3; id < 6; id++)
            cluster.With(FakeCluster.Workload(id, 1) with { Nodes = apart });
        using var counter = new CommandCounter(CommandKind.Place);
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();

        for (ulong id = 3; id < 6; id++)
            await cluster.WhenAsync($"bind {id}");
        Assert.Equal(3, cluster.Calls.Where(call => call.StartsWith("bind", StringComparison.Ordinal)).Select(call => call.Split(' ')[2]).Distinct().Count());
        Assert.Equal(3, counter.Asked());
    }
}
