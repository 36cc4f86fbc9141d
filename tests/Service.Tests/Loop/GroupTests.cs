using Pipeline.Contracts;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Loop;

/// <summary>Many soft commands in one turn.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task A_group_is_decided_in_its_order_before_the_call_returns_and_journaled_whole()
    {
        await using var world = await LoopWorld.IdleAsync();
        var replies = new Reply[4];
        var before = world.Log.LastSequence;
        var task = world.Loop.ExecuteAsync(
            new Command[] { Commands.Place(1), Commands.Place(1), new ReleaseCommand { Workload = 1 }, new ConfirmCommand { Workload = 1 } }, replies);

        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal([Outcome.Done, Outcome.Unchanged, Outcome.Done, Outcome.NotFound], replies.Select(reply => reply.Outcome));
        Assert.Equal(before + 2, world.Log.LastSequence);
        Assert.Equal(before + 2, world.Loop.Snapshot.Sequence);
    }

    [Fact]
    public async Task While_the_loop_decides_a_group_waits_in_its_queue_and_takes_one_place()
    {
        await using var world = await LoopWorld.ReadyAsync(new LoopOptions { QueueCapacity = 64 });
        using var blocked = new ManualResetEventSlim();
        var blocker = world.Loop.SubmitAsync(new BlockingCommand(blocked)).AsTask();
        var (first, second) = (new Reply[64], new Reply[64]);
        var one = world.Loop.ExecuteAsync(Confirms(64), first).AsTask();
        var other = world.Loop.ExecuteAsync(Confirms(64), second).AsTask();

        Assert.False(one.IsCompleted || other.IsCompleted);
        blocked.Set();
        await Task.WhenAll(blocker, one, other);
        Assert.All(first.Concat(second), reply => Assert.Equal(Outcome.NotFound, reply.Outcome));
    }

    [Fact]
    public async Task A_full_queue_refuses_the_whole_group()
    {
        await using var world = new LoopWorld(new LoopOptions { QueueCapacity = 64 });
        var waiting = Enumerable.Range(0, 64).Select(_ => world.Loop.SubmitAsync(new ConfirmCommand { Workload = 1 }).AsTask()).ToList();
        var replies = new Reply[2];
        var refused = await Assert.ThrowsAsync<HotpathUnavailableException>(
            () => world.Loop.ExecuteAsync(new Command[] { Commands.Node(), Commands.Place(1) }, replies).AsTask());

        Assert.True(refused.QueueFull);
        Assert.All(replies, reply => Assert.Equal(Outcome.None, reply.Outcome));
        world.Loop.Start();
        await Task.WhenAll(waiting);
        Assert.Equal(0, world.Loop.Snapshot.NodeCount);
    }

    [Fact]
    public async Task What_waits_for_the_disk_or_is_too_much_for_a_turn_is_no_group()
    {
        await using var world = new LoopWorld(new LoopOptions { MaxBatch = 4 });
        var before = world.Log.LastSequence;
        await Assert.ThrowsAsync<ArgumentException>(() => world.Loop.ExecuteAsync(new Command[] { Commands.Place(1), Commands.Alert() }, new Reply[2]).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => world.Loop.ExecuteAsync(Confirms(5), new Reply[5]).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => world.Loop.ExecuteAsync(Confirms(2), new Reply[1]).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => world.Loop.ExecuteAsync(Confirms(0), new Reply[0]).AsTask());
        Assert.Equal(before, world.Log.LastSequence);
    }

    [Fact]
    public async Task An_engine_that_breaks_in_a_group_fails_it_and_stops_the_loop()
    {
        await using var world = await LoopWorld.IdleAsync();
        var group = world.Loop.ExecuteAsync(new Command[] { Commands.Place(1), new BreakingCommand(), Commands.Place(2) }, new Reply[3]).AsTask();
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => group);
        Assert.IsType<BrokenEngineException>(await world.Loop.Crashed);
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => world.Loop.ExecuteAsync(Confirms(2), new Reply[2]).AsTask());
    }

    [Fact]
    public async Task Groups_and_single_commands_together_are_all_answered_and_journaled()
    {
        const int Clients = 6;
        using var disk = new Disk();
        ulong hash;
        await using (var world = new DiskWorld(disk))
        {
            await Commands.FillAsync(world.Loop, Clients);
            await Task.WhenAll(Enumerable.Range(1, Clients).Select(client => Task.Run(async () =>
            {
                var replies = new Reply[3];
                for (var i = 0; i < 100; i++)
                {
                    var workload = (ulong)(client * 1000 + i);
                    if (i % 3 == 0)
                    {
                        Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(Commands.Place(workload))).Outcome);
                        Assert.Equal(Outcome.Done, (await world.Loop.ExecuteAsync(new ReleaseCommand { Workload = workload })).Outcome);
                        continue;
                    }

                    await world.Loop.ExecuteAsync(
                        new Command[] { Commands.Place(workload), new ConfirmCommand { Workload = workload }, new ReleaseCommand { Workload = workload } }, replies);
                    Assert.All(replies, reply => Assert.Equal(Outcome.Done, reply.Outcome));
                }
            })));
            hash = world.Hash;
        }

        await using var next = new DiskWorld(disk);
        Assert.Equal(hash, next.Hash);
    }

    private static Command[] Confirms(int count) => [.. Enumerable.Range(1, count).Select(workload => new ConfirmCommand { Workload = (ulong)workload })];
}
