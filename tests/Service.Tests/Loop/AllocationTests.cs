using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Xunit.Abstractions;

namespace Pipeline.Hotpath.Tests.Loop;

[Collection(Alone.Name)]
public sealed class AllocationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_soft_command_of_a_caller_that_waits_costs_no_garbage_but_its_share_of_a_snapshot()
    {
        await using var world = await LoopWorld.IdleAsync();
        var place = Commands.Place(1);
        var release = new ReleaseCommand { Workload = 1 };
        const int Rounds = 2_560;
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        var perCommand = (GC.GetAllocatedBytesForCurrentThread() - before) / (2 * Rounds);

        output.WriteLine($"{perCommand} B per command");
        // A snapshot of this cluster copies over 20 KB.
        Assert.InRange(perCommand, 0, 256);

        void Run()
        {
            for (var i = 0; i < Rounds; i++)
                Assert.True(world.Loop.ExecuteAsync(place).IsCompletedSuccessfully && world.Loop.ExecuteAsync(release).IsCompletedSuccessfully);
        }
    }

    [Fact]
    public async Task A_soft_placement_and_its_release_cost_little_garbage()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var place = Commands.Place(1);
        var release = new ReleaseCommand { Workload = 1 };
        const int Rounds = 2_000;
        for (var i = 0; i < Rounds; i++)
            await RoundAsync();

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Rounds; i++)
            await RoundAsync();
        var perCommand = (GC.GetTotalAllocatedBytes(precise: true) - before) / (2 * Rounds);

        output.WriteLine($"{perCommand} B per command");
        Assert.InRange(perCommand, 0, 1_024);

        async Task RoundAsync()
        {
            await world.Loop.SubmitAsync(place);
            await world.Loop.SubmitAsync(release);
        }
    }
}
