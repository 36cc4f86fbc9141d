using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Cluster.Repairs;

public sealed class RunRecorderTests
{
    [Fact]
    public async Task A_run_is_written_when_it_begins_and_whenever_it_moves()
    {
        var records = new FakeRecords();
        await using var world = await LoopWorld.ReadyAsync();
        await using var recorder = new Recording(world, records);
        await world.Loop.SubmitAsync(Commands.Alert());
        var run = world.Loop.Run();

        await records.UntilAsync(() => records.Find(run.Id)?.State == RunState.Quarantined);
        await world.Loop.SubmitAsync(new BeginStepCommand { Run = run.Id, Step = run.Step, Attempt = run.Attempt, Actor = "me" });
        await records.UntilAsync(() => records.Find(run.Id)?.State == RunState.Acting);
        await world.Loop.SubmitAsync(new UncordonCommand { Node = run.NodeName, Run = run.Id, Actor = "ann" });
        await records.UntilAsync(() => records.Find(run.Id)?.State == RunState.Healthy);
    }

    [Fact]
    public async Task A_run_whose_node_leaves_the_cluster_is_kept_with_the_reason()
    {
        var records = new FakeRecords();
        await using var world = await LoopWorld.ReadyAsync();
        await using var recorder = new Recording(world, records);
        await world.Loop.SubmitAsync(Commands.Alert());
        var run = world.Loop.Run();
        await records.UntilAsync(() => records.Find(run.Id) is not null);

        await world.Loop.SubmitAsync(new RemoveNodeCommand { Name = run.NodeName });

        await records.UntilAsync(() => records.Find(run.Id) is { Ended: true });
        var kept = records.Find(run.Id)!;
        Assert.Equal((RunState.Escalated, Reason.NodeRemoved, "it has left the cluster"), (kept.State, kept.Timeline[^1].Reason, kept.Timeline[^1].Detail));
    }

    [Fact]
    public async Task A_record_that_others_change_or_delete_is_written_again()
    {
        var records = new FakeRecords();
        await using var world = await LoopWorld.ReadyAsync();
        await using var recorder = new Recording(world, records);
        await world.Loop.SubmitAsync(Commands.Alert());
        var run = world.Loop.Run();
        await records.UntilAsync(() => records.Find(run.Id) is not null);

        records.Change(run.Id, run with { State = RunState.Healthy });
        await records.UntilAsync(() => records.Find(run.Id)?.State == RunState.Quarantined);
        records.Change(run.Id, null);
        await records.UntilAsync(() => records.Find(run.Id) is not null);
    }

    [Fact]
    public async Task What_is_not_committed_is_not_written()
    {
        var records = new FakeRecords();
        await using var world = await LoopWorld.ReadyAsync();
        await using var recorder = new Recording(world, records);
        world.Log.HoldCommits = true;
        var reported = world.Loop.SubmitAsync(Commands.Alert());
        for (var snapshot = world.Loop.Snapshot; snapshot.Repair.LiveRunCount == 0; snapshot = world.Loop.Snapshot)
            await world.Loop.WaitForChangeAsync(snapshot.Sequence, default);
        await recorder.LooksAsync();

        Assert.Equal(0, records.Writes);
        world.Log.HoldCommits = false;
        world.Log.CompleteCommit();
        await reported;
        await records.UntilAsync(() => records.Ids.Any());
    }

    [Fact]
    public async Task A_write_that_fails_is_tried_again()
    {
        var records = new FakeRecords { Failing = 3 };
        await using var world = await LoopWorld.ReadyAsync();
        await using var recorder = new Recording(world, records);
        await world.Loop.SubmitAsync(Commands.Alert());

        await records.UntilAsync(() => records.Ids.Any());
        Assert.Equal(4, records.Writes);
    }

    [Fact]
    public async Task Ended_runs_are_kept_up_to_the_bound_and_records_of_nobodys_runs_go()
    {
        var records = new FakeRecords { EndedRuns = 2 };
        await using var world = await LoopWorld.ReadyAsync(nodes: 4);
        var runs = new List<string>();
        for (var node = 1; node <= 4; node++)
        {
            await world.Loop.SubmitAsync(Commands.Alert(node, $"f{node}"));
            runs.Add(world.Loop.Run(node).Id);
            records.Change(runs[^1], world.Loop.Run(node));
            if (node < 4)
                await world.Loop.SubmitAsync(Commands.Resolve(node, $"f{node}"));
        }

        records.Change("r-old-1", null, "unreadable");
        await using var recorder = new Recording(world, records);

        await records.UntilAsync(() => records.Ids.SequenceEqual(runs[1..].Order()));
        Assert.Equal((RunState.Healthy, RunState.Quarantined), (records.Find(runs[1])!.State, records.Find(runs[3])!.State));
    }

    [Fact]
    public async Task Placements_and_their_snapshots_write_nothing()
    {
        var records = new FakeRecords();
        await using var world = await LoopWorld.ReadyAsync();
        await using var recorder = new Recording(world, records);
        await world.Loop.SubmitAsync(Commands.Alert());
        await records.UntilAsync(() => records.Ids.Any());
        await recorder.LooksAsync();
        var writes = records.Writes;
        for (var workload = 1ul; workload < 50; workload++)
            await world.Loop.SubmitAsync(Commands.Place(workload));
        await recorder.LooksAsync();

        Assert.Equal(writes, records.Writes);
    }

    private sealed class Recording : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private readonly RunRecorder _recorder;
        private readonly Task _running;

        public Recording(LoopWorld world, FakeRecords records)
        {
            _recorder = new RunRecorder(world.Loop, records, new HurriedTime(), NullLogger<RunRecorder>.Instance);
            _running = Task.Run(() => _recorder.RunAsync(_stopping.Token));
        }

        /// <summary>Longer than the recorder rests.</summary>
        public Task LooksAsync() => Task.Delay(TimeSpan.FromMilliseconds(100));

        public async ValueTask DisposeAsync()
        {
            await _stopping.CancelAsync();
            await _running;
            _recorder.Dispose();
            _stopping.Dispose();
        }
    }
}
