using Pipeline.Hotpath.Hosting;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Service.Tests.Hosting;

public sealed class RehearsalTests
{
    [Fact]
    public void EveryCommandDoesWhatItIsThereFor()
        => Assert.All(Rehearsal.Replies(), step => Assert.Equal(Expected(step.Command), step.Reply.Outcome));

    // Only the one that waits stays where it is: for sixteen GPUs there is no node.
    private static Outcome Expected(Command command) => command switch
    {
        PlaceCommand { Wait: true } => Outcome.Queued,
        ScheduleCommand or SweepCommand => Outcome.Unchanged,
        _ => Outcome.Done,
    };
}
