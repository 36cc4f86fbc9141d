using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;
using Xunit.Abstractions;

namespace Pipeline.Hotpath.Tests.Loop;

[Collection(Alone.Name)]
public sealed class AllocationTests(ITestOutputHelper output)
{
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
        // A snapshot a command, with its copied pages, is what remains; a batch shares one.
        Assert.InRange(perCommand, 0, 32_768);

        async Task RoundAsync()
        {
            await world.Loop.SubmitAsync(place);
            await world.Loop.SubmitAsync(release);
        }
    }
}
