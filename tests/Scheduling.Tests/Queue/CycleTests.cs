using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Queue;

public class CycleTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void What_does_not_fit_waits_and_is_placed_when_there_is_room()
    {
        _cluster.AddNode("n", gpus: 2);
        _cluster.Place(1, gpus: 2);
        Assert.Equal(Outcome.Queued, _cluster.Place(2, new WorkloadTraits(), gpus: 2, wait: true).Outcome);
        Assert.Equal(Outcome.Unchanged, _cluster.Schedule().Outcome);
        _cluster.Release(1);
        _cluster.Effects.Clear();
        Assert.Equal(1, _cluster.Schedule().Placed());
        Assert.Equal(new Effect.Placed(0, "n", 2, 0b11), _cluster.Effects[0]);
        Assert.Equal(0, _cluster.Snapshot().PendingCount);
    }

    [Fact]
    public void The_higher_priority_goes_first_and_of_equals_the_earlier()
    {
        Fill(3);
        Wait(11, Provisioning.Spot);
        Wait(12, Provisioning.OnDemand);
        Wait(13, Provisioning.OnDemand);
        Wait(14, Provisioning.Reserved);
        Assert.Equal([14UL, 12, 13], Freed(3));
    }

    [Fact]
    public void Waiting_long_enough_outweighs_any_rank()
    {
        Fill(1);
        Wait(11, Provisioning.Spot);
        _cluster.Now += Priorities.LongestOvertaking(new PriorityRules()) + 1;
        Wait(12, Provisioning.Reserved, Category.Serving);
        Assert.Equal([11UL], Freed(1));
    }

    /// <summary>The bound on starvation: whoever has waited that long is ahead of everything that arrives afterwards.</summary>
    [Fact]
    public void Nothing_that_comes_after_the_bound_goes_before()
        => Seeded.ForAll(random =>
        {
            var cluster = new TestCluster();
            cluster.AddNode("n", gpus: 1);
            cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", 100, 100, urgent: true), Tenants.Project("q", 1, 1)));
            cluster.Place(1, TraitsOf(random, 1));
            var victim = TraitsOf(random, 2) with { Urgent = false };
            cluster.Place(2, victim, wait: true);
            cluster.Now += Priorities.LongestOvertaking(cluster.State.Tenancy.Policy.Priority) + 1;
            for (var id = 3UL; id < 30; id++)
                cluster.Place(id, TraitsOf(random, random.Next(1, 3)), wait: true);
            cluster.Release(1);
            cluster.Schedule(1);
            Assert.True(cluster.State.Workloads.TryFind(2, out _));
        });

    [Fact]
    public void Equal_jobs_are_judged_once()
    {
        _cluster.AddNode("n", gpus: 8);
        _cluster.Place(1, gpus: 8);
        for (var id = 10UL; id < 1010; id++)
            _cluster.Place(id, new WorkloadTraits(), gpus: 2, wait: true);
        _cluster.Place(2000, new WorkloadTraits(), gpus: 1, wait: true);
        Assert.Equal(2, _cluster.State.Pending.ClassCount);
        _cluster.Release(1);
        Assert.Equal(4, _cluster.Schedule().Placed());
        Assert.Equal(997, _cluster.Snapshot().PendingCount);
    }

    [Fact]
    public void A_project_that_has_used_its_month_waits_longer_and_one_that_keeps_its_GPUs_busy_less()
    {
        Fill(2);
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("busy", onDemand: 4), Tenants.Project("greedy", onDemand: 4), Tenants.Project("idle", onDemand: 4)));
        var (busy, greedy, idle) = (_cluster.ProjectIndex("busy"), _cluster.ProjectIndex("greedy"), _cluster.ProjectIndex("idle"));
        _cluster.AddNode("big", gpus: 4, group: "z");
        _cluster.Place(50, new WorkloadTraits { Project = greedy }, gpus: 4);
        _cluster.Now += 20L * 24 * 3_600_000;
        _cluster.Do(new Commands.ReportUtilizationCommand { Project = busy, GpuSeconds = 1000, BusySeconds = 900 });
        _cluster.Release(50);
        _cluster.Place(60, new WorkloadTraits { Project = idle }, gpus: 4);
        _cluster.Place(11, new WorkloadTraits { Project = greedy, Service = 1 }, wait: true, gpus: 4);
        _cluster.Place(12, new WorkloadTraits { Project = idle, Service = 2 }, wait: true, gpus: 4);
        _cluster.Place(13, new WorkloadTraits { Project = busy, Service = 3 }, wait: true, gpus: 4);
        _cluster.Release(60);
        _cluster.Schedule(1);
        Assert.True(_cluster.State.Workloads.TryFind(13, out _));
        _cluster.Release(13);
        _cluster.Schedule(1);
        Assert.True(_cluster.State.Workloads.TryFind(12, out _));
    }

    [Fact]
    public void A_workload_leaves_the_queue_when_it_is_released()
    {
        Fill(1);
        Wait(11, Provisioning.OnDemand);
        Assert.Equal(Outcome.Done, _cluster.Release(11).Outcome);
        Assert.Equal(Outcome.NotFound, _cluster.Release(11).Outcome);
        Assert.Empty(Freed(1));
    }

    [Fact]
    public void A_cycle_stops_at_its_bound_and_refuses_a_wrong_one()
    {
        Fill(4);
        for (var id = 10UL; id < 14; id++)
            Wait(id, Provisioning.OnDemand);
        for (var id = 1UL; id <= 4; id++)
            _cluster.Release(id);
        Assert.Equal(3, _cluster.Schedule(3).Placed());
        Assert.Equal(Outcome.Invalid, _cluster.Schedule(0).Outcome);
    }

    private static WorkloadTraits TraitsOf(Random random, int project) => new()
    {
        Project = project,
        Provisioning = (Provisioning)random.Next(3),
        Category = (Category)random.Next(4),
        Purpose = (Purpose)random.Next(4),
        Urgent = project == 1 && random.Next(3) == 0,
    };

    private void Fill(int gpus)
    {
        _cluster.AddNode("n", gpus: gpus);
        for (var id = 1; id <= gpus; id++)
            Assert.Equal(Outcome.Done, _cluster.Place((ulong)id).Outcome);
    }

    private void Wait(ulong id, Provisioning provisioning, Category category = Category.Training)
        => Assert.Equal(Outcome.Queued, _cluster.Place(id, new WorkloadTraits { Provisioning = provisioning, Category = category }, wait: true).Outcome);

    /// <summary>Who gets the places of the first workloads, in order.</summary>
    private List<ulong> Freed(int gpus)
    {
        for (var id = 1; id <= gpus; id++)
            _cluster.Release((ulong)id);
        _cluster.Effects.Clear();
        _cluster.Schedule();
        return [.. _cluster.Effects.All().Cast<Effect.Placed>().Select(placed => placed.Workload)];
    }
}
