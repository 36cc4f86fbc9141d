using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

/// <summary>Workloads that keep each other off evict others one after the other, each when the cluster counts the one before it where it goes.</summary>
[Collection(Alone.Name)]
public sealed class TurnTests
{
    private readonly FakeFilter _apart = new(5, "a", "b") { IsChangedByPlacing = true, PreemptsInTurn = true };

    [Fact]
    public async Task Each_has_others_leave_a_node_of_its_own()
    {
        var cluster = Full();
        cluster.Nominating = (_, node) =>
        {
            _apart.Admit([.. _apart.Admitted()!.Where(other => other != node)]);
            return true;
        };
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();

        await cluster.WhenAsync("nominate 10");
        await cluster.WhenAsync("nominate 11");
        Assert.Equal(["a", "b"], cluster.Calls.Where(call => call.StartsWith("nominate", StringComparison.Ordinal)).Select(call => call.Split(' ')[2]).Order());
        await cluster.WhenAsync("evict", times: 2);
        Assert.Equal(2, world.Snapshot.Departing.Count());
    }

    [Fact]
    public async Task Who_may_not_be_there_by_now_gives_the_place_back_and_the_turn_with_it()
    {
        var cluster = Full();
        var refused = false;
        cluster.Nominating = (workload, _) =>
        {
            if (workload != 10 || refused)
                return true;
            refused = true;
            _apart.Admit("b");
            return false;
        };
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();

        await cluster.WhenAsync("unplaced 10");
        await cluster.WhenAsync("nominate 11 b");
    }

    [Fact]
    public async Task Who_is_described_anew_counts_where_it_was_to_go_no_longer_and_is_asked_for_again()
    {
        var cluster = Full();
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("nominate 10");

        cluster.With(cluster.Workloads[10] with { CpuMilli = 2000 });
        cluster.Emit(new ClusterEvent.WorkloadPending(cluster.Workloads[10]));

        await cluster.WhenAsync("unplaced 10");
        await world.UntilAsync(snapshot => snapshot.Workloads().Any(placed => placed.Id == 10 && placed.CpuMilli == 2000));
    }

    /// <summary>Two nodes with work that anybody may evict, and two workloads that want a node each.</summary>
    private FakeCluster Full()
    {
        var spot = new WorkloadLabels { Provisioning = Provisioning.Spot };
        return new FakeCluster { Evicting = _ => EvictionOutcome.Accepted }.WithNodes("a", "b").With(
            FakeCluster.Workload(1, 4, "a", 0x0F) with { Labels = spot }, FakeCluster.Workload(2, 4, "a", 0xF0) with { Labels = spot },
            FakeCluster.Workload(3, 4, "b", 0x0F) with { Labels = spot }, FakeCluster.Workload(4, 4, "b", 0xF0) with { Labels = spot },
            FakeCluster.Workload(10, 4) with { Nodes = _apart }, FakeCluster.Workload(11, 4) with { Nodes = _apart });
    }
}
