using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Loop;

/// <summary>When snapshots are made.</summary>
public sealed class SnapshotTests
{
    [Fact]
    public async Task Places_share_the_snapshot_that_the_next_reader_asks_for()
    {
        await using var world = await LoopWorld.IdleAsync();
        var before = world.Loop.Snapshot;
        await world.Loop.ExecuteAsync(Commands.Place(1));
        await world.Loop.ExecuteAsync(Commands.Place(2));
        await world.Loop.ExecuteAsync(new ConfirmCommand { Workload = 1 });
        await world.Loop.ExecuteAsync(new ReleaseCommand { Workload = 2 });
        Assert.Same(before, world.Loop.Names);

        var read = world.Loop.Snapshot;

        Assert.Equal(world.Log.LastSequence, read.Sequence);
        Assert.Equal([1UL], read.Workloads().Select(workload => workload.Id));
        Assert.Same(read, world.Loop.Snapshot);
        Assert.Same(read, world.Loop.Names);
    }

    [Fact]
    public async Task After_many_places_a_snapshot_is_published_though_nobody_reads()
    {
        await using var world = await LoopWorld.IdleAsync(options: new LoopOptions { MaxUnpublished = 3 });
        var before = world.Loop.Snapshot;
        await world.Loop.ExecuteAsync(Commands.Place(1));
        await world.Loop.ExecuteAsync(Commands.Place(2));
        await world.Loop.ExecuteAsync(Commands.Place(2));
        Assert.Same(before, world.Loop.Names);

        await world.Loop.ExecuteAsync(Commands.Place(3));

        Assert.Equal(before.Sequence + 3, world.Loop.Names.Sequence);
    }

    [Fact]
    public async Task What_changes_names_is_published_at_once_with_the_places_before_it()
    {
        await using var world = await LoopWorld.IdleAsync();
        await world.Loop.ExecuteAsync(Commands.Place(1));
        await world.Loop.ExecuteAsync(Commands.Node(2));

        Assert.True(world.Loop.Names.TryFindNode(Commands.NodeName(2), out _));
        Assert.Single(world.Loop.Names.Workloads());
        Assert.Equal(world.Log.LastSequence, world.Loop.Names.Sequence);
    }

    [Fact]
    public async Task A_batch_of_places_and_something_else_is_published_whatever_their_order()
    {
        await using var world = new LoopWorld();
        var replies = new[] { world.Loop.SubmitAsync(Commands.Node()), world.Loop.SubmitAsync(Commands.Place(1)) };
        world.Loop.Start();
        foreach (var reply in replies)
            Assert.Equal(Outcome.Done, (await reply).Outcome);

        Assert.Single(world.Loop.Names.Workloads());
    }

    [Fact]
    public async Task Who_waits_for_a_change_wakes_before_a_snapshot_is_made()
    {
        await using var world = await LoopWorld.IdleAsync();
        var before = world.Loop.Snapshot;
        var waiting = world.Loop.WaitForChangeAsync(before.Sequence, default);
        await world.Loop.ExecuteAsync(Commands.Place(1));

        Assert.Equal(before.Sequence + 1, await waiting);
        Assert.Same(before, world.Loop.Names);
        Assert.Equal(before.Sequence + 1, world.Loop.Snapshot.Sequence);
    }

    [Fact]
    public async Task A_model_that_broke_is_never_shown()
    {
        await using var world = await LoopWorld.IdleAsync();
        var before = world.Loop.Snapshot;
        await world.Loop.ExecuteAsync(Commands.Place(1));

        await Assert.ThrowsAnyAsync<Exception>(() => world.Loop.ExecuteAsync(new BreakingCommand()).AsTask());

        Assert.Same(before, world.Loop.Snapshot);
    }
}
