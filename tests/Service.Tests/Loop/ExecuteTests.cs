using Pipeline.Contracts;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Loop;

/// <summary>Commands that their caller's thread decides and commits.</summary>
public sealed class ExecuteTests
{
    [Fact]
    public async Task A_lone_durable_command_is_decided_and_committed_before_the_call_returns()
    {
        await using var world = await LoopWorld.IdleAsync();
        var tries = world.Log.CallerCommits;
        var reply = world.Loop.ExecuteAsync(Commands.Alert());

        Assert.True(reply.IsCompleted);
        Assert.Equal(Outcome.Done, (await reply).Outcome);
        Assert.Equal(tries + 1, world.Log.CallerCommits);
        Assert.Equal(world.Log.LastSequence, world.Log.CommittedSequence);
        Assert.Equal(world.Log.LastSequence, world.Loop.Snapshot.Sequence);
        Assert.NotEmpty(world.Effects.Posted);
    }

    [Fact]
    public async Task A_lone_soft_command_is_answered_before_the_call_returns_and_goes_to_the_disk_later_with_others()
    {
        await using var world = await LoopWorld.IdleAsync();
        world.Log.HoldCommits = true;
        var tries = world.Log.CallerCommits;
        var reply = world.Loop.ExecuteAsync(Commands.Place(1));

        Assert.True(reply.IsCompleted);
        Assert.Equal(Outcome.Done, (await reply).Outcome);
        Assert.Equal(tries, world.Log.CallerCommits);
        Assert.False(world.Log.CommitPending);
        world.Time.Advance(LaterCommit.Delay);
        Assert.True(world.Log.CommitPending);
    }

    [Fact]
    public async Task In_company_a_durable_command_is_decided_at_once_and_shares_a_commit()
    {
        await using var world = await LoopWorld.IdleAsync(3);
        world.Log.HoldCommits = true;
        var first = world.Loop.ExecuteAsync(Commands.Alert(1)).AsTask();
        var second = world.Loop.ExecuteAsync(Commands.Alert(2)).AsTask();
        var (tries, commits) = (world.Log.CallerCommits, world.Log.CommitCount);

        var third = world.Loop.ExecuteAsync(Commands.Alert(3)).AsTask();

        Assert.Equal(world.Log.LastSequence, world.Loop.Snapshot.Sequence);
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);
        Assert.Equal(tries, world.Log.CallerCommits);
        world.Log.CompleteCommit();
        Assert.All(await Task.WhenAll(first, second, third), reply => Assert.Equal(Outcome.Done, reply.Outcome));
        Assert.Equal(commits + 1, world.Log.CommitCount);
    }

    [Fact]
    public async Task In_company_a_soft_command_is_answered_before_the_call_returns()
    {
        await using var world = await LoopWorld.IdleAsync(2);
        world.Log.HoldCommits = true;
        var durable = new[] { 1, 2 }.Select(node => world.Loop.ExecuteAsync(Commands.Alert(node)).AsTask()).ToList();

        var soft = world.Loop.ExecuteAsync(Commands.Place(1));

        Assert.True(soft.IsCompletedSuccessfully);
        Assert.Equal(Outcome.NoFit, (await soft).Outcome);
        world.Log.CompleteCommit();
        await Task.WhenAll(durable);
    }

    [Fact]
    public async Task Soft_commands_that_never_meet_an_idle_loop_are_committed_when_enough_have_piled_up()
    {
        await using var world = await LoopWorld.IdleAsync(options: new LoopOptions { MaxUncommittedSoft = 5 });
        // The nodes and the policy have asked for commits of their own, so the count starts anew.
        await world.Loop.ExecuteAsync(Commands.Alert());
        world.Log.HoldCommits = true;
        for (ulong workload = 1; workload <= 4; workload++)
            await world.Loop.ExecuteAsync(new ConfirmCommand { Workload = workload });
        Assert.False(world.Log.CommitPending);

        await world.Loop.ExecuteAsync(Commands.Node(2));

        Assert.True(world.Log.CommitPending);
    }

    [Fact]
    public async Task While_the_loop_decides_a_caller_does_not_wait_for_its_turn()
    {
        await using var world = await LoopWorld.IdleAsync();
        using var blocked = new ManualResetEventSlim();
        var blocker = world.Loop.SubmitAsync(new BlockingCommand(blocked)).AsTask();
        var behind = world.Loop.SubmitAsync(Commands.Place(1)).AsTask();

        var reply = world.Loop.ExecuteAsync(Commands.Alert()).AsTask();

        Assert.False(reply.IsCompleted);
        blocked.Set();
        await Task.WhenAll(blocker, behind, reply);
    }

    [Fact]
    public async Task What_a_caller_executes_is_decided_after_what_it_has_submitted()
    {
        await using var world = await LoopWorld.IdleAsync();
        await Commands.FillAsync(world.Loop, 1);
        for (ulong workload = 1; workload <= 200; workload++)
        {
            var placed = world.Loop.SubmitAsync(Commands.Place(workload)).AsTask();
            var released = world.Loop.ExecuteAsync(new ReleaseCommand { Workload = workload }).AsTask();
            Assert.Equal((Outcome.Done, Outcome.Done), ((await placed).Outcome, (await released).Outcome));
        }
    }

    [Fact]
    public async Task A_loop_that_has_not_started_takes_the_command_into_its_queue()
    {
        await using var world = new LoopWorld();
        var reply = world.Loop.ExecuteAsync(Commands.Node()).AsTask();
        Assert.False(reply.IsCompleted);
        Assert.Equal(0, world.Log.LastSequence);
        world.Loop.Start();
        Assert.Equal(Outcome.Done, (await reply).Outcome);
    }

    [Fact]
    public async Task A_disk_that_fails_the_caller_fails_its_command()
    {
        await using var world = await LoopWorld.IdleAsync();
        world.Log.FailNextCommit();

        await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.ExecuteAsync(Commands.Alert()));

        Assert.Empty(world.Effects.Posted);
        Assert.Contains("journal cannot commit", world.Loop.NotReadyReason);
        Assert.Equal(Outcome.NotFound, (await world.Loop.ExecuteAsync(new ReleaseCommand { Workload = 99 })).Outcome);
    }

    [Fact]
    public async Task An_engine_that_breaks_under_a_caller_stops_the_loop_and_fails_everybody()
    {
        await using var world = await LoopWorld.IdleAsync();
        world.Log.HoldCommits = true;
        var awaitingCommit = world.Loop.ExecuteAsync(Commands.Alert()).AsTask();
        world.Time.Advance(TimeSpan.FromSeconds(1));

        var breaking = world.Loop.ExecuteAsync(new BreakingCommand()).AsTask();

        Assert.IsType<BrokenEngineException>(await world.Loop.Crashed);
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => breaking);
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => awaitingCommit);
        await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.ExecuteAsync(Commands.Place(1)));
        await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.SubmitAsync(Commands.Place(1)));
        Assert.Empty(world.Effects.Posted);
    }

    [Fact]
    public async Task A_loop_that_was_disposed_refuses()
    {
        var world = await LoopWorld.IdleAsync();
        await world.DisposeAsync();
        var refused = await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.ExecuteAsync(Commands.Alert()));
        Assert.Contains("stopping", refused.Message);
    }

    [Fact]
    public async Task Callers_and_the_loop_together_answer_everything_and_journal_what_they_decided()
    {
        const int Clients = 8;
        const int Rounds = 150;
        using var disk = new Disk();
        ulong hash;
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, Clients);
            await Task.WhenAll(Enumerable.Range(1, Clients).Select(client => Task.Run(async () =>
            {
                var random = new Random(client);
                for (var i = 0; i < Rounds; i++)
                {
                    var workload = (ulong)(client * 1000 + i);
                    var place = Commands.Place(workload);
                    var placed = await (random.Next(2) == 0 ? world.Loop.ExecuteAsync(place) : world.Loop.SubmitAsync(place));
                    Assert.Equal(Outcome.Done, placed.Outcome);
                    await world.Loop.ExecuteAsync(Commands.Alert(client, $"f{i}", kind: Scheduling.Repair.AlertKind.Test));
                    Assert.Equal(Outcome.Done, (await world.Loop.ExecuteAsync(new ReleaseCommand { Workload = workload })).Outcome);
                }
            })));
            hash = world.Hash;
        }

        await using var next = new DiskWorld(disk);
        Assert.Equal(hash, next.Hash);
    }
}
