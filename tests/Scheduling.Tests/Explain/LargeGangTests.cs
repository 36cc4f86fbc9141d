using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Explain;

/// <summary>Questions whose answer would take longer than a decision may.</summary>
public class LargeGangTests
{
    private const int Leaves = 512;

    // An eighth of a node's CPU.
    private static readonly Shape Loader = new(0, 1000, 8_000, 0, GroupSet.Any);

    [Fact]
    public void What_would_let_a_large_gang_run_is_not_looked_for_without_end()
    {
        var cluster = new TestCluster();
        cluster.AddFabric(Leaves, leavesPerSpine: 1, nodesPerLeaf: 8);
        // Each role has room on every leaf and both have on none, so that most of the gang is seated on one after the other in vain.
        var gang = Tenants.Gang(1, 48, gpus: 1, topology: TopologyMode.Hard, tier: 1);
        gang = gang with { Roles = [gang.Roles[0] with { Shape = Loader with { GpuCount = 1 } }, new GangRole("loader", Loader, Tenants.Members(2_000, 24), 0, 0)] };
        Assert.Equal(Outcome.Queued, cluster.PlaceGang(gang, wait: true).Outcome);
        var before = cluster.State.Gangs.Seated;

        var reply = cluster.Do(new ExplainCommand { Gang = 1 });

        Assert.IsType<Explanation>(reply.Detail);
        // The try that goes beyond comes to its end.
        Assert.InRange(cluster.State.Gangs.Seated - before, GangRemedies.MaxSeated, 2 * GangRemedies.MaxSeated);
    }
}
