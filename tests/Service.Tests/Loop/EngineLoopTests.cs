using Pipeline.Contracts;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Loop;

public sealed class EngineLoopTests
{
    [Fact]
    public async Task A_full_queue_refuses_at_once_and_says_when_to_come_back()
    {
        await using var world = new LoopWorld(new LoopOptions { QueueCapacity = 64 });
        var waiting = Enumerable.Range(0, 64).Select(_ => world.Loop.SubmitAsync(new ConfirmCommand { Workload = 1 }).AsTask()).ToList();

        var refused = world.Loop.SubmitAsync(new ConfirmCommand { Workload = 1 });

        Assert.True(refused.IsFaulted);
        var exception = await Assert.ThrowsAsync<HotpathUnavailableException>(() => refused.AsTask());
        Assert.True(exception.QueueFull);
        Assert.Contains("queue is full", exception.Message);
        Assert.Equal(TimeSpan.FromSeconds(1), exception.RetryAfter);
        world.Loop.Start();
        Assert.All(await Task.WhenAll(waiting), reply => Assert.Equal(Outcome.NotFound, reply.Outcome));
    }

    [Fact]
    public async Task An_engine_that_breaks_stops_the_loop_and_fails_everybody()
    {
        await using var world = await LoopWorld.ReadyAsync();
        world.Log.HoldCommits = true;
        var awaitingCommit = world.Loop.SubmitAsync(Commands.Alert()).AsTask();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });

        using var blocked = new ManualResetEventSlim();
        var blocker = world.Loop.SubmitAsync(new BlockingCommand(blocked)).AsTask();
        var before = world.Loop.SubmitAsync(Commands.Place(1)).AsTask();
        var breaking = world.Loop.SubmitAsync(new BreakingCommand()).AsTask();
        var behind = world.Loop.SubmitAsync(Commands.Place(2)).AsTask();
        blocked.Set();

        var exception = await world.Loop.Crashed;
        Assert.IsType<BrokenEngineException>(exception);
        foreach (var reply in new[] { awaitingCommit, breaking, behind })
            await Assert.ThrowsAsync<HotpathUnavailableException>(() => reply);
        // Answered or failed, but not left waiting.
        await Task.WhenAll(blocker.ContinueWith(_ => { }), before.ContinueWith(_ => { }));
        var late = await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.SubmitAsync(Commands.Place(3)));
        Assert.False(late.QueueFull);
        Assert.Contains("has stopped", late.Message);
        Assert.Equal("the decision loop has stopped", world.Loop.NotReadyReason);
        Assert.Empty(world.Effects.Posted);
    }

    [Fact]
    public async Task A_batch_that_breaks_leaves_no_reply_behind()
    {
        await using var world = new LoopWorld();
        var replies = new List<Task>();
        for (ulong i = 1; i <= 10; i++)
            replies.Add(world.Loop.SubmitAsync(Commands.Place(i)).AsTask());
        replies.Add(world.Loop.SubmitAsync(new BreakingCommand()).AsTask());
        for (ulong i = 1; i <= 10; i++)
            replies.Add(world.Loop.SubmitAsync(Commands.Place(i)).AsTask());
        world.Loop.Start();

        foreach (var reply in replies)
            await Assert.ThrowsAsync<HotpathUnavailableException>(() => reply);
    }

    [Fact]
    public async Task What_was_answered_can_be_read_at_once()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                var workload = (ulong)((client * 1000) + 1);
                var placed = await DecideAsync(i, Commands.Place(workload));
                Assert.Equal(Outcome.Done, placed.Outcome);
                Assert.Contains(world.Loop.Snapshot.Workloads(), view => view.Id == workload);
                await DecideAsync(i, new ReleaseCommand { Workload = workload });
                Assert.DoesNotContain(world.Loop.Snapshot.Workloads(), view => view.Id == workload);
            }
        }));

        await Task.WhenAll(clients);

        ValueTask<Reply> DecideAsync(int round, Command command)
            => round % 2 == 0 ? world.Loop.SubmitAsync(command) : world.Loop.ExecuteAsync(command);
    }

    [Fact]
    public async Task Disposing_answers_what_waits_and_refuses_what_comes()
    {
        var world = await LoopWorld.ReadyAsync();
        using var blocked = new ManualResetEventSlim();
        var blocker = world.Loop.SubmitAsync(new BlockingCommand(blocked)).AsTask();
        var waiting = Enumerable.Range(1, 20).Select(i => world.Loop.SubmitAsync(Commands.Place((ulong)i, 0)).AsTask()).ToList();
        var durable = world.Loop.SubmitAsync(Commands.Alert()).AsTask();
        var disposed = world.Loop.DisposeAsync().AsTask();
        blocked.Set();
        await disposed;

        await blocker;
        Assert.All(await Task.WhenAll(waiting), reply => Assert.Equal(Outcome.Done, reply.Outcome));
        Assert.Equal(Outcome.Done, (await durable).Outcome);
        var late = await Assert.ThrowsAsync<HotpathUnavailableException>(async () => await world.Loop.SubmitAsync(Commands.Place(1)));
        Assert.Contains("stopping", late.Message);
    }

    [Fact]
    public async Task Disposing_a_loop_that_never_started_fails_what_waits()
    {
        var world = new LoopWorld();
        var waiting = world.Loop.SubmitAsync(Commands.Place(1)).AsTask();
        await world.Loop.DisposeAsync();

        await Assert.ThrowsAsync<HotpathUnavailableException>(() => waiting);
    }

    [Fact]
    public async Task Disposing_ends_although_the_last_commit_fails()
    {
        var world = await LoopWorld.ReadyAsync();
        world.Log.HoldCommits = true;
        var durable = world.Loop.SubmitAsync(Commands.Alert()).AsTask();
        await world.Loop.SubmitAsync(new ConfirmCommand { Workload = 99 });
        var disposed = world.Loop.DisposeAsync().AsTask();
        world.Log.FailNextCommit();
        world.Log.CompleteCommit();

        await disposed;
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => durable);
    }

    [Fact]
    public async Task Time_never_runs_backwards()
    {
        await using var world = await LoopWorld.ReadyAsync();
        await world.Loop.SubmitAsync(Commands.Place(1));
        var before = world.Loop.Snapshot.At;
        world.Time.Set(world.Time.GetUtcNow() - TimeSpan.FromHours(1));
        await world.Loop.SubmitAsync(Commands.Place(2));
        Assert.Equal(before, world.Loop.Snapshot.At);

        world.Time.Set(world.Time.GetUtcNow() + TimeSpan.FromHours(2));
        await world.Loop.SubmitAsync(Commands.Place(3));
        Assert.Equal(before + 3_600_000, world.Loop.Snapshot.At);
    }

    [Fact]
    public async Task Time_goes_on_when_the_clock_is_set_back_and_follows_it_again_later()
    {
        await using var world = await LoopWorld.ReadyAsync();
        await world.Loop.SubmitAsync(Commands.Place(1));
        var start = world.Loop.Snapshot.At;
        world.Time.Set(world.Time.GetUtcNow() - TimeSpan.FromMinutes(1));
        await world.Loop.SubmitAsync(Commands.Place(2));
        world.Time.Advance(TimeSpan.FromSeconds(32));
        await world.Loop.SubmitAsync(Commands.Place(3));
        Assert.InRange(world.Loop.Snapshot.At - start, 25_000, 32_000);

        world.Time.Advance(TimeSpan.FromMinutes(10));
        await world.Loop.SubmitAsync(Commands.Place(4));
        Assert.Equal(world.Time.GetUtcNow().ToUnixTimeMilliseconds(), world.Loop.Snapshot.At);
    }

    [Fact]
    public async Task Time_goes_on_from_the_last_recovered_command()
    {
        const long Future = 4_000_000_000_000;
        await using var world = new LoopWorld(lastTime: Future);
        world.Loop.Start();
        await world.Loop.SubmitAsync(Commands.Node());

        Assert.Equal(Future, world.Loop.Snapshot.At);

        // A process that was started with the clock years ahead must not stand still for years.
        world.Time.Advance(TimeSpan.FromSeconds(80));
        await world.Loop.SubmitAsync(Commands.Place(1));
        Assert.InRange(world.Loop.Snapshot.At - Future, 60_000, 80_000);
    }

    [Fact]
    public async Task Waiters_for_a_change_wake_share_one_answer_and_can_give_up()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var sequence = world.Loop.Snapshot.Sequence;
        using var cancellation = new CancellationTokenSource();
        var waiters = Enumerable.Range(0, 5).Select(_ => world.Loop.WaitForChangeAsync(sequence, default)).ToList();
        var later = world.Loop.WaitForChangeAsync(sequence + 2, default);
        var givesUp = world.Loop.WaitForChangeAsync(sequence, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);

        await world.Loop.SubmitAsync(Commands.Place(1));
        Assert.All(await Task.WhenAll(waiters), reached => Assert.Equal(sequence + 1, reached));
        Assert.False(later.IsCompleted);
        await world.Loop.SubmitAsync(Commands.Place(2));
        await world.Loop.SubmitAsync(Commands.Place(3));
        Assert.Equal(sequence + 3, await later);
        Assert.Equal(sequence + 3, await world.Loop.WaitForChangeAsync(0, default));
    }
}
