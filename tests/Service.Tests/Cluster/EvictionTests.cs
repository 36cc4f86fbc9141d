using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Reservations;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class EvictionTests
{
    [Fact]
    public async Task What_a_budget_forbids_is_asked_again_and_released_when_it_is_gone()
    {
        var refusals = 3;
        var cluster = new FakeCluster { Evicting = _ => Interlocked.Decrement(ref refusals) >= 0 ? EvictionOutcome.Blocked : EvictionOutcome.Accepted };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        world.Parts.Evictions.Handle(Evict(1));
        await cluster.WhenAsync("evict 1 Accepted");
        Assert.Equal(3, cluster.CountOf("evict 1 Blocked"));
        Assert.Equal(8000, world.UsedMilli("a"));

        cluster.Workloads.Remove(1);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(1));
        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 0);
    }

    [Fact]
    public async Task What_the_cluster_does_not_know_is_released_at_once()
    {
        var cluster = new FakeCluster().WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        world.Parts.Evictions.Handle(Evict(1));

        await world.UntilAsync(snapshot => snapshot.WorkloadCount == 0);
    }

    [Fact]
    public async Task An_eviction_that_failed_is_tried_again()
    {
        var failures = 1;
        var cluster = new FakeCluster { Evicting = _ => Interlocked.Decrement(ref failures) >= 0 ? throw new IOException("away") : EvictionOutcome.Accepted };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        world.Parts.Evictions.Handle(Evict(1));

        await cluster.WhenAsync("evict 1 Accepted");
    }

    [Fact]
    public async Task One_that_takes_long_keeps_no_other_and_no_other_effect_waiting_and_is_asked_for_once()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cluster = new FakeCluster
        {
            Evicting = workload =>
            {
                if (workload == 1)
                    slow.Task.Wait(TimeSpan.FromSeconds(20));
                return EvictionOutcome.Accepted;
            },
        };
        cluster.WithNodes("a").With(FakeCluster.Workload(1, 4, "a", 0x0F), FakeCluster.Workload(2, 4, "a", 0xF0));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        world.Parts.Evictions.Handle(Evict(1));
        world.Parts.Evictions.Handle(Evict(1));
        world.Parts.Evictions.Handle(Evict(2));
        await cluster.WhenAsync("evict 2 Accepted");
        Assert.Equal(0, cluster.CountOf("evict 1"));

        slow.SetResult();
        await cluster.WhenAsync("evict 1 Accepted");
        Assert.Equal(1, cluster.CountOf("evict 1"));
    }

    [Fact]
    public async Task One_that_has_its_place_back_is_not_asked_to_leave_any_more()
    {
        var cluster = new FakeCluster { Evicting = _ => EvictionOutcome.Blocked }.WithNodes("a").With(
            FakeCluster.Workload(1, 8, "a", 0xFF) with { Labels = new WorkloadLabels { Provisioning = V1.Provisioning.Spot } }, FakeCluster.Workload(2, 8));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        await cluster.WhenAsync("evict 1");
        cluster.Workloads.Remove(2);
        cluster.Emit(new ClusterEvent.WorkloadDeleted(2));
        await world.UntilAsync(_ => world.Find(2) is null);

        world.Pass(TimeSpan.FromMinutes(31));
        await world.Loop.SubmitAsync(new SweepCommand());
        Assert.Equal("a", world.NodeOf(1));
        world.Parts.Evictions.Handle(Evict(5));
        await cluster.WhenAsync("evict 5", times: 3);
        var asked = cluster.CountOf("evict 1");
        await cluster.WhenAsync("evict 5", times: 6);
        Assert.Equal((asked, 1), (cluster.CountOf("evict 1"), world.Parts.Evictions.Waiting));
    }

    [Fact]
    public async Task Nobody_is_asked_to_leave_any_more_for_a_reservation_that_was_called_off()
    {
        var cluster = new FakeCluster { Evicting = _ => EvictionOutcome.Blocked }.WithNodes("a").With(FakeCluster.Workload(1, 8, "a", 0xFF));
        await using var world = new AdapterWorld(cluster);
        await world.StartAsync();
        var start = world.Now + 3_600_000;
        var reserved = await world.Loop.SubmitAsync(new ReserveCommand { Request = new ReservationRequest(7, "exam", 0, 0, 1, start, start + 60_000, TopologyMode.None, 0) });
        Assert.Equal(Outcome.Done, reserved.Outcome);
        world.Parts.Evictions.Handle(Evict(1) with { Reason = EvictionReason.ReservationStarts, For = 7 });
        await cluster.WhenAsync("evict 1", times: 2);

        await world.Loop.SubmitAsync(new CancelReservationCommand { Id = 7 });
        world.Parts.Evictions.Handle(Evict(5));
        await cluster.WhenAsync("evict 5", times: 3);
        var asked = cluster.CountOf("evict 1");
        await cluster.WhenAsync("evict 5", times: 6);
        Assert.Equal((asked, 1), (cluster.CountOf("evict 1"), world.Parts.Evictions.Waiting));
    }

    private static Effect.Evict Evict(ulong workload) => new(0, "a", workload, $"team/w{workload}", EvictionReason.Preempted, 2, "team/w2", "");
}
