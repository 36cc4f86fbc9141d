using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Tenancy;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Tests.Cluster;

/// <summary>The engine's queue decides who waits, and it holds just what the cluster lists as pending.</summary>
public sealed class WaitingTests
{
    private static readonly WorkloadLabels ReservedService = new() { Provisioning = V1.Provisioning.Reserved, Category = V1.Category.Serving };

    [Fact]
    public async Task Of_two_that_wait_the_one_with_the_higher_priority_goes_first()
    {
        var cluster = new FakeCluster().WithNodes("a").With(
            FakeCluster.Workload(1, 8, "a", 0xFF) with { Labels = ReservedService }, FakeCluster.Workload(2, 8),
            FakeCluster.Workload(3, 8) with { Labels = ReservedService });
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 2);
        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await world.UntilAsync(_ => world.Find(3) is { Assumed: false });

        Assert.Equal(0, cluster.CountOf("bind 2"));
        Assert.Equal([2UL], world.Snapshot.Pending().Select(job => job.Id));
    }

    [Fact]
    public async Task What_exceeds_its_quota_waits_until_a_policy_lets_it_run()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 2, "a", 0b11), FakeCluster.Workload(2, 4));
        await using var world = new AdapterWorld(cluster);
        await world.Loop.SubmitAsync(PolicyOf("team", onDemand: 4_000));
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        Assert.Null(world.Find(2));

        await world.Loop.SubmitAsync(PolicyOf("team", onDemand: 6_000));
        await world.UntilAsync(_ => world.Find(2) is { Assumed: false });
        await world.PassEndsAsync();
        Assert.Equal(0, world.Binder.Pending);
    }

    [Fact]
    public async Task What_ran_before_its_project_was_named_counts_for_it_afterwards()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 2, "a", 0b11), FakeCluster.Workload(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        await world.Loop.SubmitAsync(PolicyOf("team", onDemand: 4_000));
        await world.UntilAsync(snapshot => snapshot.Projects.IndexOf("team") is var team && world.Find(1)?.Traits.Project == team && snapshot.Pending().Single().Traits.Project == team);
    }

    [Fact]
    public async Task A_workload_of_a_project_that_the_policy_does_not_name_is_not_placed_until_it_does()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1));
        await using var world = new AdapterWorld(cluster);
        await world.Loop.SubmitAsync(PolicyOf("other", onDemand: -1));
        await world.StartAsync();
        await cluster.WhenAsync("watch");
        cluster.With(FakeCluster.Workload(2) with { Labels = new WorkloadLabels { Project = "other" } });
        cluster.Emit(new ClusterEvent.WorkloadPending(cluster.Workloads[2]));
        await cluster.WhenAsync("bind 2 a True");
        Assert.Equal((0, 0), (cluster.CountOf("bind 1"), world.Snapshot.PendingCount));

        await world.Loop.SubmitAsync(PolicyOf("team", onDemand: -1));
        await cluster.WhenAsync("bind 1 a True");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_placement_that_nobody_was_told_of_is_found(bool expires)
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2, 8));
        await using var world = new AdapterWorld(cluster, lost: effect => effect is Effect.Placed);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        if (expires)
        {
            await world.UntilAsync(_ => world.Find(2) is not null);
            world.Pass(TimeSpan.FromMinutes(1));
            await world.Loop.SubmitAsync(new SweepCommand());
        }

        await world.UntilAsync(_ => world.Find(2) is { Assumed: false });
        Assert.Equal(8000, world.UsedMilli("a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_takes_the_place_of_others_is_bound_when_they_have_left_and_not_before(bool wordGetsLost)
    {
        var spot = new WorkloadLabels { Provisioning = V1.Provisioning.Spot };
        var cluster = new FakeCluster { Evicting = _ => EvictionOutcome.Accepted }.WithNodes("a").With(
            FakeCluster.Workload(1, 4, "a", 0x0F) with { Labels = spot }, FakeCluster.Workload(2, 4, "a", 0xF0) with { Labels = spot });
        await using var world = new AdapterWorld(cluster, lost: effect => wordGetsLost && effect is Effect.Placed);
        await world.StartAsync();
        await cluster.WhenAsync("watch");
        cluster.With(FakeCluster.Workload(3, 8));
        cluster.Emit(new ClusterEvent.WorkloadPending(cluster.Workloads[3]));
        await cluster.WhenAsync("nominate 3 a");
        await cluster.WhenAsync("evict 1");
        await cluster.WhenAsync("evict 2");

        // What a listing says of those that have yet to leave changes nothing.
        cluster.Emit(new ClusterEvent.Resync());
        await cluster.WhenAsync("list", times: 2);
        await LeaveAsync(1);
        Assert.Equal(0, cluster.CountOf("bind 3"));
        Assert.True(world.Find(3) is { Assumed: true });
        await LeaveAsync(2);
        if (wordGetsLost)
            world.Pass(TimeSpan.FromSeconds(6));
        await cluster.WhenAsync("bind 3 a True");
        await world.UntilAsync(_ => world.Find(3) is { Assumed: false });

        async Task LeaveAsync(ulong id)
        {
            cluster.Workloads.Remove(id);
            cluster.Emit(new ClusterEvent.WorkloadDeleted(id));
            await world.UntilAsync(snapshot => !snapshot.Departing.Contains(id));
        }
    }

    [Fact]
    public async Task Who_may_not_take_the_place_of_others_waits()
    {
        var cluster = new FakeCluster().WithNodes("a").With(
            FakeCluster.Workload(1, 8, "a", 0xFF) with { Labels = new WorkloadLabels { Provisioning = V1.Provisioning.Spot } },
            FakeCluster.Workload(2, 8) with { Labels = new WorkloadLabels { MayPreempt = false } });
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);

        Assert.Equal(0, cluster.CountOf("evict"));
    }

    [Fact]
    public async Task A_listing_without_those_that_had_to_leave_says_that_they_have()
    {
        var cluster = new FakeCluster { Evicting = _ => EvictionOutcome.Accepted }.WithNodes("a").With(
            FakeCluster.Workload(1, 8, "a", 0xFF) with { Labels = new WorkloadLabels { Provisioning = V1.Provisioning.Spot } }, FakeCluster.Workload(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("evict 1");
        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.Resync());
        await cluster.WhenAsync("bind 2 a True");
    }

    [Fact]
    public async Task A_listing_makes_the_queue_hold_what_the_cluster_lists_and_leaves_others_alone()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2), FakeCluster.Workload(3));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        var strangers = Commands.Place(50);
        strangers.Wait = true;
        await world.Loop.SubmitAsync(strangers);
        await world.UntilAsync(snapshot => snapshot.PendingCount == 3);

        cluster.Workloads.Remove(2);
        cluster.With(FakeCluster.Workload(4));
        cluster.Emit(new ClusterEvent.Resync());
        await world.UntilAsync(snapshot => snapshot.Pending().Select(job => job.Id).Order().SequenceEqual([3UL, 4UL, 50UL]));
    }

    [Fact]
    public async Task A_deleted_workload_leaves_the_queue()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF), FakeCluster.Workload(2));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await world.UntilAsync(snapshot => snapshot.PendingCount == 1);
        cluster.Workloads.Remove(2);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(2));

        await world.UntilAsync(snapshot => snapshot.PendingCount == 0);
    }

    [Fact]
    public async Task The_network_is_told_at_a_listing()
    {
        var cluster = new FakeCluster { Domains = [new("leaf", 0, ["a"], []), new("spine", 1, [], ["leaf"])] }.WithNodes("a");
        await using var world = new AdapterWorld(cluster);
        await world.SyncAsync();

        Assert.True(world.Snapshot.Topology.TryFind("spine", out var spine));
        Assert.Equal(1, world.Snapshot.Topology.TierOf(spine));
    }

    private static SetSchedulingPolicyCommand PolicyOf(string project, long onDemand) => new()
    {
        Policy = new SchedulingPolicy { Projects = [new Project(project, "w", false, [new Quota("*", 0, onDemand, -1)])] },
    };
}
