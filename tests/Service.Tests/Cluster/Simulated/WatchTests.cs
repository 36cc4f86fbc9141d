using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;
using static Pipeline.Contracts.Cluster.NodeActionKind;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class WatchTests
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_watch_before_the_first_listing_tells_all_pending_workloads()
    {
        using var bench = new Bench();
        var told = Bench.Drain(bench.Cluster.OpenWatch()).Cast<ClusterEvent.WorkloadPending>().Select(change => change.Workload);
        Assert.Equal(bench.List().Workloads, told);
    }

    [Fact]
    public void A_watch_tells_what_happened_since_the_listing_in_order()
    {
        using var bench = new Bench();
        var workload = bench.PlaceOne(0b1);
        bench.List();
        bench.Start(Reboot);
        var watch = bench.Cluster.OpenWatch();
        bench.Time.Advance(TimeSpan.FromSeconds(240));
        bench.Cluster.MarkAsync(new NodeMark(Bench.Node, "run-1", "Verifying", "HealthCheck"), default);
        bench.Cluster.MarkAsync(new NodeMark(Bench.Node, "run-1", "Soaking", "Soak"), default);
        bench.Cluster.UnmarkAsync(Bench.Node, "run-1", default);

        var events = Bench.Drain(watch);
        Assert.Equal(
            ["unreachable", $"deleted {workload.Id}", "pending", "back", "marked run-1", "back"],
            events.Select(change => change switch
            {
                ClusterEvent.NodeChanged { Node: { Name: Bench.Node } node } when !node.Reachable => "unreachable",
                ClusterEvent.NodeChanged { Node: { Name: Bench.Node } node } => node.CordonOwner.Length == 0 ? "back" : "marked " + node.CordonOwner,
                ClusterEvent.WorkloadDeleted deleted => $"deleted {deleted.Id}",
                ClusterEvent.WorkloadPending => "pending",
                _ => change.ToString(),
            }));
    }

    [Fact]
    public void Each_watcher_reads_everything_at_its_own_pace()
    {
        using var bench = new Bench();
        bench.List();
        var (early, late) = (bench.Cluster.OpenWatch(), bench.Cluster.OpenWatch());
        bench.Cluster.SetForeignCordon(Bench.Node, true);
        Assert.Single(Bench.Drain(early));
        bench.Cluster.SetForeignCordon(Bench.Other, true);
        Assert.Single(Bench.Drain(early));
        Assert.Equal(2, Bench.Drain(late).Count);
    }

    [Theory]
    [InlineData(16, false)]
    [InlineData(17, true)]
    [InlineData(1000, true)]
    public void A_watcher_that_lags_beyond_the_buffer_gets_a_resync_and_goes_on(int changes, bool lost)
    {
        using var bench = new Bench(Bench.Plain with { WatchBuffer = 16 });
        bench.List();
        var watch = bench.Cluster.OpenWatch();
        for (var change = 0; change < changes; change++)
            bench.Cluster.SetForeignCordon(Bench.Node, change % 2 == 0);

        var events = Bench.Drain(watch);
        if (lost)
            Assert.IsType<ClusterEvent.Resync>(Assert.Single(events));
        else
            Assert.Equal(changes, events.Count);

        bench.Cluster.SetForeignCordon(Bench.Other, true);
        Assert.IsType<ClusterEvent.NodeChanged>(Assert.Single(Bench.Drain(watch)));
    }

    [Fact]
    public void Every_event_is_kept_while_the_buffer_grows()
    {
        using var bench = new Bench(Bench.Plain with { WatchBuffer = 1000 });
        bench.List();
        var watch = bench.Cluster.OpenWatch();
        for (var change = 0; change < 1000; change++)
            bench.Cluster.SetForeignCordon(Bench.Node, change % 2 == 0);
        Assert.Equal(
            Enumerable.Range(0, 1000).Select(change => change % 2 == 0 ? "person" : ""),
            Bench.Drain(watch).Select(change => ((ClusterEvent.NodeChanged)change).Node.CordonOwner));
    }

    [Fact]
    public async Task A_waiting_watch_wakes_at_a_change_and_ends_when_cancelled()
    {
        using var bench = new Bench();
        bench.List();
        using var stop = new CancellationTokenSource();
        await using var watch = bench.Cluster.WatchAsync(stop.Token).GetAsyncEnumerator();

        var next = watch.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        bench.Cluster.SetForeignCordon(Bench.Node, true);
        Assert.True(await next.WaitAsync(Hang));
        Assert.IsType<ClusterEvent.NodeChanged>(watch.Current);

        next = watch.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        Assert.False(await next.WaitAsync(Hang));
    }

    [Fact]
    public async Task The_pump_lets_time_pass_for_a_watcher_when_nobody_calls()
    {
        using var bench = new Bench();
        using var pump = new SimulatedClusterPump(bench.Cluster, bench.Time, NullLogger<SimulatedClusterPump>.Instance);
        using var stop = new CancellationTokenSource(Hang);
        bench.Start(Reboot);
        bench.List();
        await using var watch = bench.Cluster.WatchAsync(stop.Token).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().AsTask();

        await pump.StartAsync(stop.Token);
        while (!next.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.True(await next);
        Assert.True(Assert.IsType<ClusterEvent.NodeChanged>(watch.Current).Node.Reachable);
        await pump.StopAsync(stop.Token);
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        using var bench = new Bench();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => bench.Cluster.BreakAsync(new SimulatedFault(Bench.Node, "xid79", 0), cancelled));
        Assert.True(bench.Health().Healthy);
    }
}
