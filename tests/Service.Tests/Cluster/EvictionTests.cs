using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class EvictionTests
{
    [Fact]
    public async Task What_a_budget_forbids_is_asked_again_and_released_when_it_is_gone()
    {
        var refusals = 3;
        var cluster = new FakeCluster { Evicting = _ => Interlocked.Decrement(ref refusals) >= 0 ? EvictionOutcome.Blocked : EvictionOutcome.Accepted };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.Parts.Evictions.HandleAsync(Evict(1), default);
        await cluster.WhenAsync("evict 1 Accepted");
        Assert.Equal(3, cluster.CountOf("evict 1 Blocked"));
        Assert.Equal(8000, world.UsedMilli("a"));

        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 0);
    }

    [Fact]
    public async Task What_the_cluster_does_not_know_is_released_at_once()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();
        await world.Parts.Evictions.HandleAsync(Evict(1), default);

        Assert.Equal(0, world.UsedMilli("a"));
        Assert.Equal(0, world.Parts.Evictions.Waiting);
    }

    [Fact]
    public async Task An_eviction_that_failed_is_tried_again()
    {
        var failures = 1;
        var cluster = new FakeCluster { Evicting = _ => Interlocked.Decrement(ref failures) >= 0 ? throw new IOException("away") : EvictionOutcome.Accepted };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.Parts.Evictions.HandleAsync(Evict(1), default);

        await cluster.WhenAsync("evict 1 Accepted");
    }

    private static Effect.Evict Evict(ulong workload) => new(0, "a", workload, $"team/w{workload}", EvictionReason.Preempted, 2, "team/w2", "");
}
