using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class WatchingTests
{
    [Fact]
    public async Task Changes_of_the_cluster_reach_the_model()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();

        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b")));
        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out _));
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b", reachable: false)));
        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out var node) && node.Health == NodeHealth.Unreachable);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 0);
        cluster.Emit(new ClusterEvent.NodeDeleted("b"));
        await world.UntilAsync(snapshot => snapshot.NodeCount == 1);
        Assert.Equal(0, world.UsedMilli("a"));
    }

    [Fact]
    public async Task Budgets_zones_domains_and_what_others_bind_reach_the_model()
    {
        var cluster = new FakeCluster().WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();

        cluster.Emit(new ClusterEvent.BudgetChanged(new ClusterBudget("team/web", 1)));
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("a") with { Zone = NodeZone.Large }));
        cluster.Emit(new ClusterEvent.DomainsChanged([new ClusterDomain("leaf", 1, ["a"], [])]));
        cluster.Emit(new ClusterEvent.WorkloadBound(FakeCluster.Workload(1, 2, "a", 0x3) with { Labels = new WorkloadLabels { Budget = "web", CheckpointAge = 60 } }));
        await world.UntilAsync(_ => world.Find(1) is { CheckpointAt: > 0 });

        var bound = world.Find(1)!.Value;
        Assert.Equal(("team/web", 1), (world.Snapshot.Budgets[bound.Traits.Budget].Name, world.Snapshot.Budgets[bound.Traits.Budget].Allowed));
        Assert.Equal(2000, world.UsedMilli("a"));
    }

    [Fact]
    public async Task Budgets_that_the_cluster_has_no_more_are_gone_from_the_model()
    {
        var cluster = new FakeCluster().WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        foreach (var name in (string[])["team/a", "team/b", "team/c"])
            cluster.Emit(new ClusterEvent.BudgetChanged(new ClusterBudget(name, 1)));
        await world.UntilAsync(snapshot => snapshot.Budgets.Length == 3);
        cluster.Emit(new ClusterEvent.BudgetDeleted("team/a"));
        await world.UntilAsync(snapshot => snapshot.Budgets[0].IsGone);
        Assert.All(world.Snapshot.Budgets[1..], budget => Assert.False(budget.IsGone));

        // Deleted while nobody watched.
        cluster.Budgets = [new ClusterBudget("team/c", 1)];
        cluster.Emit(new ClusterEvent.Resync());
        await world.UntilAsync(snapshot => snapshot.Budgets[1].IsGone);
        Assert.False(world.Snapshot.Budgets[2].IsGone);
    }

    [Fact]
    public async Task A_node_of_one_machine_group_too_many_is_known_and_gets_its_group_when_another_is_not_used_any_more()
    {
        var cluster = new FakeCluster();
        for (var group = 0; group <= NodeTable.MaxGroups; group++)
            cluster.Nodes.Add(FakeCluster.Node($"n{group}") with { Group = $"g{group}" });
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        var last = $"n{NodeTable.MaxGroups}";
        Assert.True(world.Snapshot.TryFindNode(last, out NodeView node));
        Assert.Equal((NodeTable.NoGroup, NodeHealth.Healthy), (node.GroupIndex, node.Health));
        Assert.Equal(1, GroupMetrics.Ungrouped(world.Snapshot));

        cluster.Nodes.RemoveAll(gone => gone.Name == "n3");
        cluster.Emit(new ClusterEvent.NodeDeleted("n3"));
        await world.UntilAsync(snapshot => !snapshot.TryFindNode("n3", out int _));
        cluster.Emit(new ClusterEvent.NodeChanged(cluster.Nodes[^1]));
        await world.UntilAsync(snapshot => snapshot.GroupNaming.IndexOf("g3") < 0);

        // Nobody tells of it again: it is looked for.
        world.Pass(TimeSpan.FromMinutes(10));
        await world.UntilAsync(snapshot => snapshot.TryFindNode(last, out NodeView now) && now.Group == $"g{NodeTable.MaxGroups}");
        Assert.Equal(0, GroupMetrics.Ungrouped(world.Snapshot));
    }

    [Fact]
    public async Task A_mark_that_a_person_took_off_ends_its_run()
    {
        var cluster = new FakeCluster().WithNodes(Commands.NodeName());
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert());
        var run = world.Loop.Run().Id;

        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node(Commands.NodeName()) with { Lifted = run }));

        await world.UntilAsync(snapshot => snapshot.Repair.RunById(run)!.Ended);
        await cluster.WhenAsync($"unmark {Commands.NodeName()} {run}");
    }

    [Fact]
    public async Task A_mark_that_others_bring_back_of_a_run_that_has_given_the_node_back_is_taken_off_and_no_other()
    {
        var cluster = new FakeCluster().WithNodes(Commands.NodeName(1), Commands.NodeName(2));
        await using var world = new AdapterWorld(cluster, lost: effect => effect is Effect.Unmark);
        await world.StartAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert(1, "f"));
        await world.Loop.SubmitAsync(Commands.Alert(2, "g"));
        var (live, ended) = (world.Loop.Run(1).Id, world.Loop.Run(2).Id);
        await world.Loop.SubmitAsync(Commands.Resolve(2, "g"));

        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node(Commands.NodeName(1), cordon: live)));
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node(Commands.NodeName(2), cordon: "r-old-1")));
        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node(Commands.NodeName(2), cordon: ended)));

        await cluster.WhenAsync("unmark");
        Assert.Equal([$"unmark {Commands.NodeName(2)} {ended}"], cluster.Calls.Where(call => call.StartsWith("unmark", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_mark_that_is_brought_back_while_it_is_taken_off_is_taken_off_again()
    {
        var name = Commands.NodeName();
        var cluster = new FakeCluster().WithNodes(name);
        await using var world = new AdapterWorld(cluster, lost: effect => effect is Effect.Unmark);
        await world.StartAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert());
        var marked = FakeCluster.Node(name, cordon: world.Loop.Run().Id);
        await world.Loop.SubmitAsync(Commands.Resolve());
        var times = 0;
        cluster.Unmarking = _ =>
        {
            if (times++ > 0)
                return;
            cluster.Emit(new ClusterEvent.NodeChanged(marked));
            // Applied in order, so the mark has been seen as well.
            cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b")));
            SpinWait.SpinUntil(() => world.Snapshot.TryFindNode("b", out NodeView _));
        };

        cluster.Emit(new ClusterEvent.NodeChanged(marked));

        await cluster.WhenAsync("unmark", 2);
    }

    [Fact]
    public async Task A_cluster_that_refuses_to_take_a_mark_off_is_followed_all_the_same_and_asked_again()
    {
        var name = Commands.NodeName();
        var cluster = new FakeCluster().WithNodes(name);
        await using var world = new AdapterWorld(cluster, lost: effect => effect is Effect.Unmark);
        await world.SyncAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert());
        var run = world.Loop.Run().Id;
        await world.Loop.SubmitAsync(Commands.Resolve());
        var allowed = false;
        cluster.Unmarking = _ =>
        {
            if (!Volatile.Read(ref allowed))
                throw new IOException("Forbidden.");
        };
        cluster.Nodes[0] = cluster.Nodes[0] with { CordonOwner = run };
        await world.StartAsync();

        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("b")));
        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out _));
        Assert.Equal((0, 1), (cluster.CountOf("unmark"), cluster.CountOf("watch")));
        Volatile.Write(ref allowed, true);
        await cluster.WhenAsync($"unmark {name} {run}");
    }

    [Fact]
    public async Task Lost_events_lead_to_a_listing()
    {
        var cluster = new FakeCluster().WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        cluster.Nodes.Add(FakeCluster.Node("b"));
        cluster.Emit(new ClusterEvent.Resync());

        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_watch_that_breaks_or_ends_is_begun_again_after_a_listing(bool breaks)
    {
        var cluster = new FakeCluster().WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        cluster.Nodes.Add(FakeCluster.Node("b"));
        cluster.EndWatch(breaks ? new IOException("gone") : null);

        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out _));
        await cluster.WhenAsync("watch", 2);
        cluster.Emit(new ClusterEvent.NodeDeleted("a"));
        await world.UntilAsync(snapshot => snapshot.NodeCount == 1);
    }

    [Fact]
    public async Task A_listing_that_times_out_does_not_end_the_watching()
    {
        var cluster = new FakeCluster().WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        // What an HTTP client throws on a timeout: a cancellation that nobody asked for.
        cluster.BeforeListing = () =>
        {
            cluster.BeforeListing = null;
            throw new TaskCanceledException("timeout");
        };
        cluster.Nodes.Add(FakeCluster.Node("b"));
        cluster.EndWatch(new IOException("gone"));

        await world.UntilAsync(snapshot => snapshot.TryFindNode("b", out _));
    }
}
