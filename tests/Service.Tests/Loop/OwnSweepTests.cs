using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Loop;

public sealed class OwnSweepTests
{
    [Fact]
    public async Task A_placement_that_nobody_confirms_runs_out_without_the_functions()
    {
        await using var world = await LoopWorld.IdleAsync();
        using var stop = new CancellationTokenSource();
        var running = new OwnSweep(world.Loop, world.Time).RunAsync(stop.Token);
        Assert.Equal(Scheduling.Outcome.Done, (await world.Loop.ExecuteAsync(Commands.Place(7))).Outcome);
        var placed = world.Loop.Snapshot;
        Assert.Single(placed.Workloads());

        world.Time.Advance(TimeSpan.FromSeconds(31));

        await world.Loop.WaitForChangeAsync(placed.Sequence, default);
        Assert.Empty(world.Loop.Snapshot.Workloads());
        await stop.CancelAsync();
        await running;
    }
}
