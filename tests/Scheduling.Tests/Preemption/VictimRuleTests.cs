using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Who may be evicted, and who is chosen.</summary>
public class VictimRuleTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void Who_may_not_evict_gets_no_place()
    {
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        Assert.Equal(Outcome.NoFit, _crowd.Cluster.Place(Crowd.Newcomer).Outcome);
        Assert.Empty(_crowd.Evicted);
    }

    [Theory]
    [InlineData(Provisioning.Spot, Provisioning.Spot, false)]
    [InlineData(Provisioning.OnDemand, Provisioning.Spot, true)]
    [InlineData(Provisioning.OnDemand, Provisioning.OnDemand, false)]
    [InlineData(Provisioning.OnDemand, Provisioning.Reserved, false)]
    [InlineData(Provisioning.Reserved, Provisioning.Spot, true)]
    [InlineData(Provisioning.Reserved, Provisioning.OnDemand, true)]
    [InlineData(Provisioning.Reserved, Provisioning.Reserved, false)]
    public void Only_a_lower_rank_is_evicted(Provisioning comes, Provisioning runs, bool evicts)
    {
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1, runs);
        Assert.Equal(evicts ? Outcome.Done : Outcome.NoFit, _crowd.Comes(1, comes).Outcome);
        Assert.Equal(evicts ? [1UL] : [], _crowd.EvictedIds);
    }

    [Fact]
    public void An_urgent_one_evicts_its_own_rank_but_no_other_urgent_one_and_nobody_above()
    {
        _crowd.Nodes(3, gpus: 1);
        _crowd.Runs(1, "n0", 1, Provisioning.OnDemand, urgent: true);
        _crowd.Runs(2, "n1", 1, Provisioning.OnDemand);
        _crowd.Runs(3, "n2", 1, Provisioning.Reserved);
        Assert.Equal("n1", _crowd.Comes(1, Provisioning.OnDemand, urgent: true).NodeName);
        Assert.Equal([2UL], _crowd.EvictedIds);
    }

    /// <summary>A node of Kubernetes has up to 110 pods, or more.</summary>
    [Theory]
    [InlineData(400, 100)]
    [InlineData(50_000, 1)]
    public void Room_is_made_on_a_node_however_many_small_workloads_are_on_it(long oldest, int needed)
    {
        _crowd.Nodes(1);
        _crowd.Runs(1, "n0", 0, cpu: oldest);
        for (var id = 2UL; id <= 100; id++)
            _crowd.Runs(id, "n0", 0, cpu: oldest == 400 ? 400 : 100);
        Assert.Equal(Outcome.Done, _crowd.Comes(8, cpu: oldest == 400 ? 64_000 : 50_000).Outcome);
        Assert.Equal(needed, _crowd.EvictedIds.Length);
        Assert.Contains(1UL, _crowd.EvictedIds);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Of_many_small_workloads_those_of_a_budget_that_is_used_up_stay(int gpus, int allowed)
    {
        _crowd.Nodes(1, gpus: 1, cpu: 100);
        var budget = _crowd.Budget("b", allowed);
        for (var id = 1UL; id <= 100; id++)
            _crowd.Runs(id, "n0", (uint)gpus, milli: 10, cpu: 1, budget: id is 10 or 20 ? budget : -1);
        Assert.Equal(Outcome.Done, _crowd.Comes(gpus, milli: 980, cpu: 98).Outcome);
        Assert.Equal(98, _crowd.EvictedIds.Length);
        Assert.InRange(_crowd.EvictedIds.Count(id => id is 10 or 20), 0, allowed);
    }

    [Fact]
    public void Who_has_just_saved_its_work_goes_before_who_has_not()
    {
        _crowd.Nodes(3, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        _crowd.Runs(2, "n1", 1);
        _crowd.Runs(3, "n2", 1);
        _crowd.Pass(3_600);
        _crowd.Saves(2);
        _crowd.Pass(10);
        var reply = _crowd.Comes(1);
        Assert.Equal([2UL], _crowd.EvictedIds);
        Assert.Equal(10 + 60, Crowd.EvictionsOf(reply).Impact);
    }

    [Fact]
    public void Training_goes_before_serving_of_a_lower_rank()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, Provisioning.Spot, Category.Serving);
        _crowd.Runs(2, "n1", 1, Provisioning.OnDemand, Category.Training);
        _crowd.Comes(1);
        Assert.Equal([2UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_protected_start_saves_the_young_ones_until_it_is_over()
    {
        _crowd.Policy(new PreemptionRules { MinRunSeconds = 600 });
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        _crowd.Pass(599);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(1).Outcome);
        _crowd.Pass(1);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
    }

    [Fact]
    public void Free_GPUs_and_those_of_victims_are_combined()
    {
        _crowd.Nodes(2);
        _crowd.Runs(1, "n0", 0x0f);
        _crowd.Runs(2, "n0", 0x30);
        _crowd.Runs(3, "n1", 0xff, Provisioning.Reserved);
        var reply = _crowd.Comes(4);
        Assert.Equal([2UL], _crowd.EvictedIds);
        Assert.Equal(0xf0u, reply.GpuMask);
    }

    [Fact]
    public void A_share_evicts_as_few_sharers_of_one_GPU_as_it_needs()
    {
        _crowd.Nodes(1, gpus: 2);
        _crowd.Runs(1, "n0", 1, milli: 400);
        _crowd.Runs(2, "n0", 1, milli: 600);
        _crowd.Runs(3, "n0", 2, Provisioning.Reserved, milli: 500);
        _crowd.Runs(4, "n0", 2, milli: 500);
        Assert.Equal(1u, _crowd.Comes(1, milli: 400).GpuMask);
        Assert.Equal([1UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_shared_GPU_becomes_free_only_when_all_its_sharers_go()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, milli: 100);
        _crowd.Runs(2, "n0", 1, Provisioning.Reserved, milli: 100);
        _crowd.Runs(3, "n1", 1, milli: 500);
        _crowd.Runs(4, "n1", 1, milli: 500);
        Assert.Equal("n1", _crowd.Comes(1).NodeName);
        Assert.Equal([3UL, 4UL], _crowd.EvictedIds);
    }

    [Fact]
    public void Where_only_CPU_is_short_what_uses_it_goes()
    {
        _crowd.Nodes(1, gpus: 8, cpu: 10_000);
        _crowd.Runs(1, "n0", 1, cpu: 1_000);
        _crowd.Runs(2, "n0", 0, cpu: 9_000);
        Assert.Equal(Outcome.Done, _crowd.Comes(1, cpu: 4_000).Outcome);
        Assert.Equal([2UL], _crowd.EvictedIds);
    }

    [Fact]
    public void Nobody_is_evicted_for_who_then_would_not_fit()
    {
        _crowd.Nodes(1, gpus: 8, cpu: 10_000);
        _crowd.Runs(1, "n0", 0xff, cpu: 5_000);
        var before = _crowd.Cluster.Snapshot().ImageHash();
        var reply = _crowd.Comes(1, cpu: 11_000);
        Assert.Equal((Outcome.NoFit, false), (reply.Outcome, reply.Changed));
        Assert.Equal(before, _crowd.Cluster.Snapshot().ImageHash());
        Assert.Empty(_crowd.Evicted);
    }

    [Fact]
    public void Sick_nodes_and_sick_GPUs_are_not_freed()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        _crowd.Runs(2, "n1", 1);
        _crowd.Cluster.State.Nodes.SetQuarantine(0, 7);
        _crowd.Cluster.State.Nodes.SetBadGpus(1, 1);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(1).Outcome);
    }

    [Fact]
    public void A_victim_is_told_why_it_goes_and_for_whom()
    {
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        var reply = _crowd.Comes(1);
        Assert.Equal(new Effect.Evict(0, "n0", 1, "test/w1", EvictionReason.Preempted, Crowd.Newcomer, "test/newcomer", "anna"), Assert.Single(_crowd.Evicted));
        Assert.Equal(new Victim(1, "test/w1", "n0", 60), Assert.Single(Crowd.EvictionsOf(reply).Victims));
    }

    [Fact]
    public void What_waits_in_the_queue_preempts_when_its_turn_comes()
    {
        _crowd.Nodes(1, gpus: 1);
        _crowd.Runs(1, "n0", 1, Provisioning.Reserved);
        Assert.Equal(Outcome.Queued, _crowd.Comes(1, wait: true).Outcome);
        _crowd.Cluster.Release(1);
        _crowd.Runs(2, "n0", 1);
        Assert.Equal(1, _crowd.Cluster.Do(new ScheduleCommand()).Placed());
        Assert.Equal([2UL], _crowd.EvictedIds);
        Assert.Single(_crowd.Cluster.Effects.All().OfType<Effect.Nominated>());
    }

    [Fact]
    public void A_place_that_others_had_to_leave_is_held_longer_than_a_usual_one()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        _crowd.Runs(2, "n1", 1);
        _crowd.Comes(1);
        _crowd.Cluster.Release(1);
        _crowd.Cluster.Release(2);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Place(3).Outcome);
        _crowd.Pass(30);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Sweep().Outcome);
        Assert.Equal([Crowd.Newcomer], _crowd.Cluster.Snapshot().Workloads().Select(workload => workload.Id));
        _crowd.Pass(270);
        _crowd.Cluster.Sweep();
        Assert.Empty(_crowd.Cluster.Snapshot().Workloads());
    }
}
