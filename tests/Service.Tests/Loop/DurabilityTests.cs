using Pipeline.Contracts;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Tests.Loop;

public sealed class DurabilityTests
{
    [Fact]
    public async Task A_durable_reply_waits_for_the_commit_and_a_soft_one_does_not()
    {
        await using var world = await LoopWorld.ReadyAsync();
        world.Log.HoldCommits = true;
        var durable = world.Loop.SubmitAsync(Commands.Alert()).AsTask();
        var soft = await world.Loop.SubmitAsync(Commands.Place(1));

        Assert.Equal(Outcome.NoFit, soft.Outcome);
        Assert.False(durable.IsCompleted);
        Assert.Empty(world.Effects.Posted);

        world.Log.CompleteCommit();
        Assert.Equal(Outcome.Done, (await durable).Outcome);
    }

    [Fact]
    public async Task A_durable_command_that_changes_nothing_waits_for_what_it_speaks_of()
    {
        await using var world = await LoopWorld.ReadyAsync();
        world.Log.HoldCommits = true;
        var soft = await world.Loop.SubmitAsync(Commands.Place(1));
        var unchanged = world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy }).AsTask();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });

        Assert.Equal(Outcome.Done, soft.Outcome);
        Assert.False(unchanged.IsCompleted);

        world.Log.CompleteCommit();
        Assert.Equal(Outcome.Unchanged, (await unchanged).Outcome);
    }

    [Fact]
    public async Task A_durable_command_that_changes_nothing_is_answered_at_once_when_all_is_on_disk()
    {
        await using var world = await LoopWorld.ReadyAsync();
        world.Log.HoldCommits = true;

        Assert.Equal(Outcome.Unchanged, (await world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy })).Outcome);
    }

    [Fact]
    public async Task A_disk_that_does_not_answer_keeps_a_bounded_number_of_replies_waiting()
    {
        await using var world = await LoopWorld.ReadyAsync(new LoopOptions { MaxAwaitingCommit = 64 });
        world.Log.HoldCommits = true;
        // The first changes something; the others only speak of it, and wait all the same.
        var waiting = Enumerable.Range(0, 64).Select(_ => world.Loop.SubmitAsync(Commands.Alert()).AsTask()).ToList();
        var refused = await Assert.ThrowsAsync<HotpathUnavailableException>(() => world.Loop.SubmitAsync(Commands.Alert()).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.True(refused.QueueFull);
        Assert.Contains("64 durable commands wait for the disk", refused.Message);
        Assert.Equal(Outcome.NoFit, (await world.Loop.SubmitAsync(Commands.Place(1))).Outcome);
        Assert.All(waiting, reply => Assert.False(reply.IsCompleted));

        world.Log.HoldCommits = false;
        world.Log.CompleteCommit();
        await Task.WhenAll(waiting);
        await world.Loop.SubmitAsync(Commands.Alert());
    }

    [Fact]
    public async Task Effects_come_after_the_commit_in_the_order_of_their_causes()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 3);
        world.Log.HoldCommits = true;
        var replies = new[] { 3, 1, 2 }.Select(node => world.Loop.SubmitAsync(Commands.Alert(node)).AsTask()).ToList();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });
        Assert.Empty(world.Effects.Posted);

        world.Log.CompleteCommit();
        await Task.WhenAll(replies);

        await world.Loop.DisposeAsync();
        Assert.Equal(["gpu-0003", "gpu-0001", "gpu-0002"], world.Effects.Posted.OfType<Effect.Mark>().Select(mark => mark.NodeName));
    }

    [Fact]
    public async Task A_failed_commit_fails_who_waits_and_who_comes_and_lets_soft_commands_go_on()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        world.Log.HoldCommits = true;
        var waiting = world.Loop.SubmitAsync(Commands.Alert(1)).AsTask();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });
        Assert.Null(world.Loop.NotReadyReason);

        world.Log.FailNextCommit();
        world.Log.CompleteCommit();

        var failure = await Assert.ThrowsAsync<HotpathUnavailableException>(() => waiting);
        Assert.True(failure.RetryAfter >= TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.SubmitAsync(Commands.Alert(2)));
        Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(Commands.Place(1))).Outcome);
        Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(new ReleaseCommand { Workload = 1 })).Outcome);
        Assert.Contains("journal cannot commit", world.Loop.NotReadyReason);
    }

    [Fact]
    public async Task Nothing_happens_in_the_world_after_a_failed_commit()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        world.Log.HoldCommits = true;
        var waiting = world.Loop.SubmitAsync(Commands.Alert(1)).AsTask();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });
        world.Log.FailNextCommit();
        world.Log.CompleteCommit();
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => waiting);

        // A soft command with effects: the node's run ends.
        Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(new RemoveNodeCommand { Name = Commands.NodeName(1) })).Outcome);
        await world.Loop.SubmitAsync(Commands.Place(1));

        Assert.Empty(world.Effects.Posted);
    }

    [Fact]
    public async Task Commands_that_arrive_while_a_commit_runs_share_the_next_one()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 20);
        var before = world.Log.CommitCount;
        world.Log.HoldCommits = true;
        var replies = Enumerable.Range(1, 20).Select(node => world.Loop.SubmitAsync(Commands.Alert(node)).AsTask()).ToList();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });
        world.Log.CompleteCommit();
        await Task.WhenAll(replies);

        Assert.Equal(before + 1, world.Log.CommitCount);
    }

    [Fact]
    public async Task A_whole_batch_asks_for_one_commit()
    {
        var world = new LoopWorld();
        await using var _ = world;
        var replies = Enumerable.Range(1, 50).Select(node => world.Loop.SubmitAsync(Commands.Node(node)).AsTask()).ToList();
        replies.Add(world.Loop.SubmitAsync(new SetPolicyCommand { Policy = Commands.Policy }).AsTask());
        world.Loop.Start();
        await Task.WhenAll(replies);

        Assert.Equal(1, world.Log.CommitCount);
    }

    [Fact]
    public async Task Soft_commands_are_committed_while_nobody_waits_for_them()
    {
        await using var world = await LoopWorld.ReadyAsync();
        await world.Loop.SubmitAsync(Commands.Place(1));
        await world.Loop.WaitForCommitAsync(world.Loop.Snapshot.Sequence);

        Assert.Equal(world.Loop.Snapshot.Sequence, world.Log.CommittedSequence);
    }

    [Fact]
    public async Task A_command_that_the_journal_cannot_hold_is_refused_before_it_changes_anything()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var sequence = world.Loop.Snapshot.Sequence;
        var command = Commands.Alert();
        command.Alerts = [command.Alerts[0] with { Labels = [new string('x', 3_000_000)] }];

        var reply = await world.Loop.SubmitAsync(command);

        Assert.Equal(Outcome.Invalid, reply.Outcome);
        Assert.StartsWith("command:", (string)reply.Detail!);
        Assert.Equal(sequence, world.Loop.Snapshot.Sequence);
        Assert.Empty(world.Loop.Snapshot.Repair.Alerts);
        Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(Commands.Alert())).Outcome);
    }
}
