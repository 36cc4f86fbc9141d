using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Api;

[Collection(Alone.Name)]
public sealed class ExplanationsTests
{
    private const ulong Small = 1;
    private const ulong Large = 2;

    [Theory]
    [InlineData(Small, false, 1)]
    [InlineData(Small, true, 0)]
    [InlineData(Large, false, 0)]
    [InlineData(Large, true, 0)]
    [InlineData(3, false, 1)]
    [InlineData(3, true, 1)]
    public async Task The_loop_is_not_held_up_by_what_takes_long(ulong gang, bool withStart, int inLoop)
    {
        await using var world = await LoopWorld.IdleAsync();
        var explanations = new Explanations(world.Loop, world.Time);
        await WaitAsync(Small, Explanations.MaxMembersInLoop);
        await WaitAsync(Large, Explanations.MaxMembersInLoop + 1);
        using var counter = new CommandCounter(CommandKind.Explain);

        var (reply, start) = withStart
            ? await explanations.WithStartAsync(world.Loop.Snapshot, 0, gang, default)
            : (await explanations.OfAsync(0, gang, default), null);

        Assert.Equal(inLoop, counter.Asked());
        if (gang == 3)
            Assert.Equal((Outcome.NotFound, false), (reply.Outcome, start is not null));
        else
            Assert.Equal((true, withStart), (reply.Detail is Explanation { IsPending: true }, start is not null));

        async Task WaitAsync(ulong id, int members)
        {
            var ids = Enumerable.Range(0, members).Select(member => (id * 1_000) + (ulong)member);
            var role = new GangRole("worker", new Shape(8, NodeTable.WholeGpu, 0, 0, GroupSet.Any), [.. ids], 0, 0);
            var asked = new PlaceGangCommand { Gang = new GangSpec(id, $"team/gang-{id}", new WorkloadTraits(), 0, TopologyMode.None, 0, [role]), Wait = true };
            Assert.Equal(Outcome.Queued, (await world.Loop.ExecuteAsync(asked)).Outcome);
        }
    }
}
