using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Gangs that lose members.</summary>
public class GangVictimTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void A_gang_without_spare_members_goes_as_a_whole()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, gang: 5);
        _crowd.Runs(2, "n1", 1, gang: 5);
        var reply = _crowd.Comes(1);
        Assert.Equal([1UL, 2UL], _crowd.EvictedIds);
        Assert.Equal([EvictionReason.Preempted, EvictionReason.GangBroken], _crowd.Evicted.OrderBy(e => e.Node != reply.Node).Select(e => e.Reason));
        Assert.Equal(60 + 60 + 600, Crowd.EvictionsOf(reply).Impact);
    }

    [Fact]
    public void Two_single_jobs_go_before_a_gang_that_costs_more()
    {
        _crowd.Nodes(2, gpus: 2);
        _crowd.Runs(1, "n0", 3, gang: 5);
        _crowd.Runs(2, "n1", 1);
        _crowd.Runs(3, "n1", 2);
        _crowd.Comes(2);
        Assert.Equal([2UL, 3UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_gang_is_safe_when_one_of_its_members_is()
    {
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, gang: 5);
        _crowd.Runs(2, "n1", 1, Provisioning.Reserved, gang: 5);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(1).Outcome);
    }

    [Fact]
    public void A_gang_with_spare_members_loses_them_singly_down_to_its_minimum()
    {
        _crowd.Nodes(4, gpus: 1);
        Assert.Equal(Outcome.Done, _crowd.GangComes(4, 1, Provisioning.Spot, min: 3, id: 5).Outcome);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
        Assert.Single(_crowd.Evicted);
        Assert.Equal(Outcome.Done, _crowd.GangComes(1, 1, id: 7).Outcome);
        Assert.Equal(4, _crowd.Evicted.Count());
    }

    [Fact]
    public void Its_budgets_protect_a_whole_gang()
    {
        var budget = _crowd.Budget("test/pdb", 1);
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, gang: 5, budget: budget);
        _crowd.Runs(2, "n1", 1, gang: 5, budget: budget);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(1).Outcome);
        _crowd.Budget("test/pdb", 2);
        Assert.Equal(Outcome.Done, _crowd.Comes(1).Outcome);
        Assert.Equal(0, _crowd.Cluster.State.Budgets.Left(budget));
    }
}
