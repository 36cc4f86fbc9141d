using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Preemption stays inside quotas.</summary>
public class QuotaTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void Who_has_Reserved_capacity_takes_it_back_from_who_borrowed_it()
    {
        Projects(new Quota("a", 2_000, 0, -1), new Quota("a", 0, 0, -1));
        _crowd.Nodes(1, gpus: 2);
        _crowd.Runs(1, "n0", 3, Provisioning.OnDemand, project: 2);
        Assert.Equal(UsageKind.Borrowed, _crowd.Cluster.Snapshot().Workloads().Single().Kind);
        Assert.Equal(Outcome.Done, _crowd.Comes(1, project: 1).Outcome);
        Assert.Equal([1UL], _crowd.EvictedIds);
    }

    [Fact]
    public void Who_is_over_its_quota_evicts_nobody()
    {
        Projects(new Quota("a", 1_000, 0, -1), new Quota("a", 0, 0, -1));
        _crowd.Nodes(1, gpus: 2);
        _crowd.Runs(1, "n0", 3, project: 2);
        Assert.Equal(Outcome.OverQuota, _crowd.Comes(2, project: 1).Outcome);
        Assert.Empty(_crowd.Evicted);
    }

    [Fact]
    public void Who_would_borrow_evicts_Spot_but_not_who_borrows()
    {
        Projects(new Quota("a", 4_000, 0, -1), new Quota("a", 0, 0, -1));
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, Provisioning.OnDemand, project: 2);
        _crowd.Runs(2, "n1", 1, Provisioning.Spot, Category.Serving, project: 2);
        Assert.Equal(Outcome.Done, _crowd.Comes(1, Provisioning.OnDemand, project: 2).Outcome);
        Assert.Equal([2UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_gang_that_would_borrow_in_part_evicts_only_whom_all_its_members_may()
    {
        Projects(new Quota("a", 4_000, 0, -1), new Quota("a", 0, 1_000, -1));
        _crowd.Nodes(2, gpus: 1);
        _crowd.Runs(1, "n0", 1, Provisioning.OnDemand, project: 1);
        _crowd.Runs(2, "n1", 1, Provisioning.Spot, project: 2);
        var gang = Crowd.Gang(5, 2, 1, Provisioning.OnDemand) with { Traits = new WorkloadTraits { Provisioning = Provisioning.OnDemand, Project = 2 } };
        Assert.Equal(Outcome.NoFit, _crowd.Cluster.Do(new Commands.PlaceGangCommand { Gang = gang, MayPreempt = true }).Outcome);
    }

    private void Projects(Quota one, Quota two)
        => _crowd.Policy(null, new Project("one", "unit", false, [one]), new Project("two", "unit", false, [two]));
}
