using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Cluster.Repairs;

public sealed class RunResumptionTests
{
    [Fact]
    public async Task Runs_that_the_cluster_keeps_are_taken_over_before_anything_is_placed_or_unmarked()
    {
        var (records, run) = await LeftBehindAsync();
        var cluster = new FakeCluster().With(FakeCluster.Workload(1));
        cluster.Nodes.Add(FakeCluster.Node(run.NodeName, cordon: run.Id));
        await using var world = new AdapterWorld(cluster, records: records);
        await world.SyncAsync();

        Assert.Equal((run.State, run.Attempt), (world.Loop.Run().State, world.Loop.Run().Attempt));
        Assert.True(world.Snapshot.TryFindNode(run.NodeName, out var node));
        Assert.Equal((NodeHealth.Quarantined, null, 0), (node.Health, world.NodeOf(1), cluster.CountOf("unmark")));
        await cluster.WhenAsync($"mark {run.NodeName} {run.State}");
    }

    [Fact]
    public async Task They_are_read_once_and_the_model_goes_on_from_there()
    {
        var (records, run) = await LeftBehindAsync();
        await using var world = new AdapterWorld(new FakeCluster().WithNodes(run.NodeName), records: records);
        await world.SyncAsync();
        await world.Loop.SubmitAsync(Commands.Resolve());
        await world.SyncAsync();

        Assert.Equal(1, records.Lists);
        Assert.Equal(RunState.Healthy, world.Snapshot.Repair.RunById(run.Id)!.State);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_leaves_the_node_to_its_mark()
    {
        var (records, run) = await LeftBehindAsync();
        records.Change(run.Id, null, "status.state: 'Drunk' is unknown");
        var cluster = new FakeCluster();
        cluster.Nodes.Add(FakeCluster.Node(run.NodeName, cordon: run.Id));
        await using var world = new AdapterWorld(cluster, records: records);
        await world.SyncAsync();

        Assert.True(world.Loop.Run() is { State: RunState.Escalated, Holds: true } held && held.Id == run.Id);
    }

    [Fact]
    public async Task A_persons_hand_while_nobody_led_ends_the_run_that_was_taken_over()
    {
        var (records, run) = await LeftBehindAsync();
        var cluster = new FakeCluster();
        cluster.Nodes.Add(FakeCluster.Node(run.NodeName) with { Mark = run.Id, Lifted = run.Id });
        await using var world = new AdapterWorld(cluster, records: records);
        await world.SyncAsync();

        var ended = world.Snapshot.Repair.RunById(run.Id)!;
        Assert.Equal((RunState.Healthy, Reason.CancelledByPerson), (ended.State, ended.Timeline[^1].Reason));
    }

    [Fact]
    public async Task Runs_that_wait_for_room_wait_on_under_the_next_leader()
    {
        await using var before = await LoopWorld.ReadyAsync(nodes: 2);
        await before.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy with { MaxRepairingPercent = 50 } });
        await before.Loop.SubmitAsync(Commands.Alert(2, "f2"));
        await before.Loop.SubmitAsync(Commands.Alert(1, "f1"));
        var records = new FakeRecords();
        foreach (var run in before.Loop.Snapshot.Repair.Live.Values)
            records.Change(run.Id, run);
        await using var world = new AdapterWorld(new FakeCluster().WithNodes(Commands.NodeName(1), Commands.NodeName(2)), records: records);
        await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy with { MaxRepairingPercent = 50 } });
        await world.SyncAsync();

        Assert.Equal((RunState.Held, RunState.Quarantined), (world.Loop.Run(1).State, world.Loop.Run(2).State));
    }

    [Fact]
    public async Task A_run_whose_node_left_while_nobody_led_is_kept_as_one_that_ended_so()
    {
        var (records, run) = await LeftBehindAsync();
        var cluster = new FakeCluster().WithNodes("another");
        await using var world = new AdapterWorld(cluster, records: records);
        await world.SyncAsync();
        using var recorder = new RunRecorder(world.Loop, records, new HurriedTime(), NullLogger<RunRecorder>.Instance);
        using var stopping = new CancellationTokenSource();
        var recording = recorder.RunAsync(stopping.Token);

        await records.UntilAsync(() => records.Find(run.Id) is { Ended: true });
        await stopping.CancelAsync();
        await recording;

        var kept = records.Find(run.Id)!;
        Assert.Equal((RunState.Escalated, Reason.NodeRemoved, false), (kept.State, kept.Timeline[^1].Reason, kept.Holds));
        Assert.Equal(0, cluster.CountOf("mark"));
    }

    [Theory]
    [InlineData(120_000, true, true, false)]
    [InlineData(120_000, true, false, false)]
    [InlineData(120_000, false, true, false)]
    [InlineData(120_000, false, false, true)]
    [InlineData(1_000, true, true, true)]
    public async Task A_node_that_was_made_anew_while_nobody_led_is_not_held_for_the_one_before_it(long later, bool resolved, bool policy, bool holds)
    {
        var (records, run) = await LeftBehindAsync();
        records.Change(run.Id, run with
        {
            State = RunState.Escalated,
            Step = StepKind.None,
            Begun = false,
            Deadline = long.MaxValue,
            EndedAt = run.OpenedAt + 1,
            Episodes = [.. run.Episodes.Select(episode => episode with { Resolved = resolved })],
        });
        var cluster = new FakeCluster().With(FakeCluster.Workload(1, node: run.NodeName, mask: 1));
        cluster.Nodes.Add(FakeCluster.Node(run.NodeName) with { MadeAt = run.OpenedAt + later });
        await using var world = new AdapterWorld(cluster, records: records);
        if (policy)
            await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy });
        await world.SyncAsync();

        var kept = world.Snapshot.Repair.RunById(run.Id)!;
        Assert.True(world.Snapshot.TryFindNode(run.NodeName, out var node));
        Assert.Equal((RunState.Escalated, holds), (kept.State, kept.Holds));
        Assert.Equal(run.NodeName, world.NodeOf(1));
        if (!holds)
            Assert.Equal(Reason.NodeRemoved, kept.Timeline[^1].Reason);

        // What still fires is a fault of the new one.
        Assert.Equal(holds ? kept.Number : resolved ? 0 : kept.Number + 1, node.QuarantinedBy);
    }

    private static async Task<(FakeRecords Records, Run Run)> LeftBehindAsync()
    {
        await using var before = await LoopWorld.ReadyAsync();
        await before.Loop.SubmitAsync(Commands.Alert());
        var records = new FakeRecords();
        records.Change(before.Loop.Run().Id, before.Loop.Run());
        return (records, before.Loop.Run());
    }
}
