using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class WorkloadBindsTests
{
    [Fact]
    public async Task What_the_cluster_says_is_bound_is_not_given_back_even_for_a_moment()
    {
        var bound = FakeCluster.Workload(1, 8, "a", 0xFF);
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a").With(bound));
        await world.SyncAsync();
        var book = new PendingBook((_, _) => { });
        book.Add(FakeCluster.Workload(1, 8));
        book.Bound(bound);
        var known = world.Snapshot.Sequence;

        await new WorkloadBinds(world.Cluster, world.Loop, book, () => { }, TimeProvider.System, NullLogger.Instance).UndoAsync(new ReleaseCommand { Workload = 1 });

        Assert.Equal(("a", known), (world.NodeOf(1), world.Snapshot.Sequence));
    }

    [Fact]
    public async Task What_the_cluster_has_not_bound_is_given_back()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF)));
        await world.SyncAsync();
        var book = new PendingBook((_, _) => { });

        await new WorkloadBinds(world.Cluster, world.Loop, book, () => { }, TimeProvider.System, NullLogger.Instance).UndoAsync(new ReleaseCommand { Workload = 1 });

        Assert.Null(world.Find(1));
    }

    [Fact]
    public async Task A_place_of_a_workload_that_has_gone_is_not_told_though_it_is_back()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a"));
        await world.SyncAsync();
        var book = new PendingBook((_, _) => { });
        book.Add(FakeCluster.Workload(1, 8));
        book.Placed(1, "a", 0xFF);
        book.Remove(1);
        book.Add(FakeCluster.Workload(1, 8));

        Assert.Empty(book.TakePlaced());
        Assert.Single(book.Questions(world.Snapshot, out _));
    }

    [Fact]
    public async Task A_bind_that_went_wrong_says_nothing_about_a_workload_that_has_come_back_meanwhile()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a"));
        await world.SyncAsync();
        var book = new PendingBook((_, _) => { });
        book.Add(FakeCluster.Workload(1, 8));
        book.Placed(1, "a", 0xFF);
        Assert.Single(book.TakePlaced());
        book.Remove(1);
        book.Add(FakeCluster.Workload(1, 8));
        book.Unsure(1);

        Assert.Empty(book.TakePlaced());
        Assert.Single(book.Questions(world.Snapshot, out _));
    }

    [Fact]
    public async Task A_place_that_is_anothers_by_now_is_not_told_and_asked_for_again_at_once()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF)));
        await world.SyncAsync();
        var (book, outdated) = (new PendingBook((_, _) => { }), 0);
        book.Add(FakeCluster.Workload(2, 8));
        book.Placed(2, "a", 0xFF);

        await new WorkloadBinds(world.Cluster, world.Loop, book, () => outdated++, TimeProvider.System, NullLogger.Instance).RunAsync(default);

        Assert.Equal((1, 0, 1), (outdated, world.Cluster.CountOf("bind"), book.Questions(world.Snapshot, out _).Count));
    }

    [Fact]
    public async Task A_place_on_a_node_that_has_fallen_sick_before_it_was_told_is_given_back_and_asked_for_elsewhere()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a"));
        await world.SyncAsync();
        var (book, outdated) = (new PendingBook((_, _) => { }), 0);
        book.Add(FakeCluster.Workload(1, 8));
        var question = Assert.Single(book.Questions(world.Snapshot, out _));
        Assert.Empty(book.Answer(question, await world.Loop.SubmitAsync(question.Command)));
        Assert.Equal("a", world.NodeOf(1));
        await world.Loop.SubmitAsync(ClusterDiff.UpsertOf(FakeCluster.Node("a", cordon: "person")));

        await new WorkloadBinds(world.Cluster, world.Loop, book, () => outdated++, TimeProvider.System, NullLogger.Instance).RunAsync(default);

        Assert.Null(world.Find(1));
        Assert.Equal((1, 0, 1), (outdated, world.Cluster.CountOf("bind"), book.Questions(world.Snapshot, out _).Count));
    }

    [Fact]
    public async Task A_bind_that_may_yet_arrive_keeps_its_place_when_the_cluster_refuses_another_after_a_listing()
    {
        var binds = 0;
        var cluster = new FakeCluster
        {
            Binding = _ => ++binds > 2
                ? throw new HotpathUnavailableException("not allowed", TimeSpan.Zero) { Refused = true }
                : throw new TimeoutException("No answer."),
        };
        await using var world = new AdapterWorld(cluster.WithNodes("a"));
        await world.SyncAsync();
        var book = new PendingBook((_, _) => { });
        var told = new WorkloadBinds(cluster, world.Loop, book, () => { }, TimeProvider.System, NullLogger.Instance);
        book.Add(FakeCluster.Workload(1, 8));
        var question = Assert.Single(book.Questions(world.Snapshot, out _));
        Assert.Empty(book.Answer(question, await world.Loop.SubmitAsync(question.Command)));
        await told.RunAsync(default);
        Assert.Equal((2, true), (binds, world.Find(1) is { Assumed: false }));

        book.Replace([FakeCluster.Workload(1, 8)], world.Snapshot);
        await told.RunAsync(default);

        Assert.Equal((3, "a", true), (binds, world.NodeOf(1), book.IsHeld(1)));
    }
}
