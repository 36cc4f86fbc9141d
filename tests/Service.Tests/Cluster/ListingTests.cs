using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class ListingTests
{
    [Fact]
    public async Task A_listing_fills_an_empty_model_and_a_second_one_counts_nothing_twice()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a", "b").With(
            FakeCluster.Workload(1, 2, "a", 0b11), FakeCluster.Workload(2, 1, "b", 0b1), FakeCluster.Workload(3, 4)));
        await world.SyncAsync();
        var hash = world.Snapshot.ImageHash();
        await world.SyncAsync();

        Assert.Equal(hash, world.Snapshot.ImageHash());
        Assert.Equal((2, 2), (world.Snapshot.NodeCount, world.Snapshot.WorkloadCount));
        Assert.Equal((2000, 1000), (world.UsedMilli("a"), world.UsedMilli("b")));
        Assert.False(world.Find(1)!.Value.Assumed);
        Assert.Equal(1, world.Binder.Pending);
    }

    [Fact]
    public async Task A_listing_repairs_what_moved_went_or_came()
    {
        var cluster = new FakeCluster().WithNodes("a", "b", "c").With(
            FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2, 8, "b", 0xFF), FakeCluster.Workload(3, 1, "c", 1), FakeCluster.Workload(4, 1, "c", 2));
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();

        // 1 and 2 changed places, 3 is gone, 4 is pending again, c is gone.
        cluster.With(FakeCluster.Workload(1, 8, "b", 0xFF), FakeCluster.Workload(2, 8, "a", 0xFF), FakeCluster.Workload(4));
        cluster.Workloads.Remove(3);
        cluster.Nodes.RemoveAll(node => node.Name == "c");
        await world.SyncAsync();

        Assert.Equal(("b", "a"), (world.NodeOf(1), world.NodeOf(2)));
        Assert.Equal((8000, 8000, -1), (world.UsedMilli("a"), world.UsedMilli("b"), world.UsedMilli("c")));
        Assert.Null(world.Find(3));
        Assert.Null(world.Find(4));
    }

    [Fact]
    public async Task A_foreign_cordon_takes_the_node_out_and_is_left_alone()
    {
        var cluster = new FakeCluster();
        cluster.Nodes.Add(FakeCluster.Node("a", cordon: "person"));
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();

        Assert.True(world.Snapshot.TryFindNode("a", out var node));
        Assert.Equal(NodeHealth.Cordoned, node.Health);
        Assert.Equal(0, cluster.CountOf("unmark"));
    }

    [Fact]
    public async Task Own_marks_whose_run_does_not_hold_the_node_any_more_are_removed_and_only_those()
    {
        var cluster = new FakeCluster().WithNodes(Commands.NodeName(1), Commands.NodeName(2));
        await using var world = new AdapterWorld(cluster, lost: effect => effect is Effect.Unmark);
        await world.SyncAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert());
        await world.Loop.SubmitAsync(Commands.Alert(2, "g"));
        for (var node = 0; node < 2; node++)
            cluster.Nodes[node] = cluster.Nodes[node] with { CordonOwner = world.Loop.Run(node + 1).Id };
        await world.Loop.SubmitAsync(Commands.Resolve(2, "g"));
        await world.StartAsync();

        await cluster.WhenAsync("unmark");
        Assert.Equal([$"unmark {Commands.NodeName(2)} {cluster.Nodes[1].Mark}"], cluster.Calls.Where(call => call.StartsWith("unmark", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_mark_of_a_run_that_nobody_knows_keeps_the_node_out_and_calls_a_person()
    {
        var cluster = new FakeCluster();
        cluster.Nodes.Add(FakeCluster.Node("b", cordon: "r-old-9"));
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();
        await world.SyncAsync();

        Assert.True(world.Snapshot.TryFindNode("b", out var node));
        Assert.Equal(NodeHealth.Quarantined, node.Health);
        Assert.True(world.Snapshot.Repair.RunById("r-old-9") is { State: RunState.Escalated, Holds: true });
        Assert.Equal(0, cluster.CountOf("unmark"));
    }

    [Fact]
    public async Task A_mark_whose_playbook_is_in_force_goes_on_where_it_says()
    {
        var cluster = new FakeCluster();
        var written = new NodeMark("b", "r-old-9", "Acting", "Reboot") { Attempt = 1, FaultClass = Commands.Policy.Classes.Keys.First() };
        cluster.Nodes.Add(FakeCluster.Node("b", cordon: "r-old-9") with { Written = written });
        await using var world = new AdapterWorld(cluster);
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.SyncAsync();

        Assert.True(world.Snapshot.Repair.RunById("r-old-9") is { State: RunState.Acting, Step: StepKind.Reboot, Attempt: 1, Begun: true });
    }

    [Fact]
    public async Task A_mark_of_another_run_than_the_one_that_holds_the_node_is_stale()
    {
        var cluster = new FakeCluster().WithNodes(Commands.NodeName(1));
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert());
        cluster.Nodes[0] = cluster.Nodes[0] with { CordonOwner = "r-old-1" };
        await world.StartAsync();

        await cluster.WhenAsync($"unmark {Commands.NodeName(1)} r-old-1");
    }

    [Fact]
    public async Task A_stale_mark_that_cannot_be_taken_off_keeps_nothing_from_going_on_and_is_tried_again()
    {
        var cluster = new FakeCluster().WithNodes(Commands.NodeName(1), "b");
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.Loop.SubmitAsync(Commands.Alert());
        cluster.Nodes[0] = cluster.Nodes[0] with { CordonOwner = "r-old-1" };
        var refused = true;
        cluster.Unmarking = _ =>
        {
            if (Volatile.Read(ref refused))
                throw new IOException("not allowed");
        };
        await world.StartAsync();

        cluster.Emit(new ClusterEvent.NodeChanged(FakeCluster.Node("c")));
        await world.UntilAsync(snapshot => snapshot.TryFindNode("c", out _));
        Volatile.Write(ref refused, false);
        await cluster.WhenAsync($"unmark {Commands.NodeName(1)} r-old-1");
    }

    [Fact]
    public async Task An_assumption_that_the_cluster_has_not_heard_of_is_left_to_its_caller()
    {
        await using var world = new AdapterWorld(new FakeCluster().WithNodes("a"));
        await world.SyncAsync();
        await world.Loop.SubmitAsync(Commands.Place(7));
        await world.SyncAsync();

        Assert.Equal("a", world.NodeOf(7));
    }

    [Fact]
    public async Task What_was_confirmed_after_the_listing_was_asked_for_stays()
    {
        var cluster = new FakeCluster().WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();
        cluster.BeforeListing = async () =>
        {
            await world.Loop.SubmitAsync(Commands.Place(7));
            Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 7 })).Outcome);
        };
        await world.SyncAsync();

        Assert.Equal("a", world.NodeOf(7));
    }

    [Fact]
    public async Task A_node_that_the_model_does_not_take_keeps_no_other_out()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 1, "huge", 1));
        cluster.Nodes.Insert(0, FakeCluster.Node("huge") with { GpuCount = 99 });
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();

        Assert.Equal(1, world.Snapshot.NodeCount);
        Assert.Equal(0, world.UsedMilli("a"));
    }
}
