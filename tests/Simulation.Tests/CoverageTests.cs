using System.Collections.Concurrent;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Simulation.Tests;

/// <summary>Worlds in which nothing interesting happens would prove nothing.</summary>
public sealed class CoverageTests
{
    private const int Seeds = 200;

    [Fact]
    public void The_worlds_meet_every_reason_and_every_end()
    {
        var reasons = new ConcurrentDictionary<Reason, long>();
        var ends = new ConcurrentDictionary<RunState, long>();
        var failures = SeedRun.Failures(1, Seeds, seed =>
        {
            var world = new SimulatedWorld(seed);
            world.Live();
            foreach (var run in world.Hotpath!.State.Repair.Ended.Values)
            {
                ends.AddOrUpdate(run.State, 1, (_, count) => count + 1);
                foreach (var entry in run.Timeline)
                    reasons.AddOrUpdate(entry.Reason, 1, (_, count) => count + 1);
            }
        });
        Assert.Empty(failures);

        // No node leaves these worlds, no outage lasts a day, no person opens a node, and no record of a run is lost.
        Reason[] elsewhere = [Reason.NodeRemoved, Reason.Unattended, Reason.CancelledByPerson, Reason.MarkFound];
        Assert.Equal([], Enum.GetValues<Reason>().Except(elsewhere).Except(reasons.Keys));
        Assert.Equal([RunState.Healthy, RunState.Escalated, RunState.NeedsHardware], ends.Keys.Order());
    }
}
