using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Gangs;

/// <summary>A gang on demand whose project has too little quota left for it waits for quota, and no node waits with it.</summary>
public class GangQuotaTests
{
    private readonly TestCluster _cluster = Booked.Cluster(4);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Over_quota_it_is_answered_so_and_holds_no_nodes(bool mixed)
    {
        SetPolicy(mixed, onDemand: 16, lent: 8);
        Assert.Equal(Outcome.OverQuota, _cluster.PlaceGang(Gang(1, 4, 8)).Outcome);
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Gang(1, 4, 8), wait: true).Outcome);
        _cluster.Now += Booked.Hour;
        _cluster.Schedule();
        Assert.Empty(_cluster.State.Reservations.Holds);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Gang(2, 3, 8)).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Within_quota_some_members_are_borrowed(bool mixed)
    {
        SetPolicy(mixed, onDemand: 16, lent: 16);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Gang(1, 4, 8)).Outcome);
        var kinds = _cluster.Snapshot().Workloads().Select(workload => workload.Kind).Order();
        Assert.Equal([UsageKind.Borrowed, UsageKind.Borrowed, UsageKind.OnDemand, UsageKind.OnDemand], kinds);
    }

    [Fact]
    public void A_member_is_not_split_between_the_limit_and_what_is_borrowed()
    {
        SetPolicy(mixed: false, onDemand: 12, lent: 12);
        Assert.Equal(Outcome.OverQuota, _cluster.PlaceGang(Gang(1, 3, 8)).Outcome);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Gang(2, 2, 8)).Outcome);
    }

    [Fact]
    public void An_elastic_gang_starts_with_the_members_that_the_quota_covers()
    {
        SetPolicy(mixed: false, onDemand: 2, lent: 0);
        Assert.Equal(Outcome.OverQuota, _cluster.PlaceGang(Elastic(1, min: 3)).Outcome);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Elastic(2, min: 2)).Outcome);
        Assert.Equal(2, _cluster.State.Workloads.Count);
    }

    [Theory]
    [InlineData(TopologyMode.None)]
    [InlineData(TopologyMode.Soft)]
    public void An_elastic_gang_whose_large_member_has_quota_and_no_node_starts_with_the_small_ones(TopologyMode topology)
    {
        SetPolicy(mixed: false, onDemand: 8, lent: 0);
        for (var node = 0; node < 4; node++)
            _cluster.Bind(100 + (ulong)node, _cluster.State.Nodes.NameOf(node));
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Elastic(1, min: 3) with { Topology = topology }).Outcome);
        Assert.Equal(4 + 4, _cluster.State.Workloads.Count);
    }

    [Theory]
    [InlineData(TopologyMode.None)]
    [InlineData(TopologyMode.Soft)]
    [InlineData(TopologyMode.Hard)]
    public void An_elastic_gang_whose_large_member_would_take_the_quota_of_the_small_ones_starts_with_these(TopologyMode topology)
    {
        SetPolicy(mixed: false, onDemand: 8, lent: 0);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Elastic(1, min: 3) with { Topology = topology, HighestTier = 1 }).Outcome);
        Assert.Equal([1001UL, 1002UL, 1003UL, 1004UL], _cluster.Snapshot().Workloads().Select(workload => workload.Id).Order());
    }

    [Theory]
    [InlineData(new[] { 4, 3, 3, 3 }, 6, 7)]
    [InlineData(new[] { 3, 3, 3, 4 }, 6, 7)]
    public void Members_are_entered_as_listed_where_no_domain_binds_them(int[] gpus, int onDemand, int lent)
    {
        SetPolicy(mixed: false, onDemand, lent);
        var gang = Gang(1, 1, 1) with { Roles = [.. gpus.Select((count, at) => Role($"r{at}", 1_000UL + (ulong)at, 1, count))] };
        Assert.Equal(gpus[0] == 3 ? Outcome.Done : Outcome.OverQuota, _cluster.PlaceGang(gang).Outcome);
    }

    [Fact]
    public void With_mixed_groups_the_nodes_that_wait_are_of_groups_with_quota_left()
    {
        for (var node = 0; node < 2; node++)
            _cluster.AddNode($"b-{node}", group: "b");
        var limits = new Project("p", "ws", false, [new Quota("a", 0, 0, -1), new Quota("b", 0, 16_000, -1)]);
        _cluster.SetPolicy(Tenants.PolicyOf(limits, Tenants.Project("other", onDemand: -1)) with { Gangs = new GangRules(MixGroups: true) });
        var other = _cluster.ProjectIndex("other");
        for (var id = 1UL; id <= 6; id++)
        {
            _cluster.Run(id, seconds: id > 4 ? 4_000 : 2_000, project: other);
            _cluster.Confirm(id);
        }
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Gang(1, 2, 8), wait: true).Outcome);
        _cluster.Now += 300 * Booked.Second;
        _cluster.Schedule();
        Assert.Equal([4, 5], Assert.Single(_cluster.State.Reservations.Holds).Nodes.AsEnumerable());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nodes_do_not_wait_any_longer_with_a_gang_that_would_fit_and_still_does_not_start(bool busy)
    {
        // Each role alone is within the quota that they share, which is seen only when both are tried.
        SetPolicy(mixed: true, onDemand: 16, lent: 0);
        for (var id = 1UL; id <= 4 && busy; id++)
        {
            _cluster.Run(id, seconds: 1_000, project: _cluster.ProjectIndex("owner"));
            _cluster.Confirm(id);
        }
        var gang = Gang(1, 1, 8) with { Roles = [Role("a", 1_000, 2, 8), Role("b", 2_000, 2, 8)] };
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(gang, wait: true).Outcome);
        _cluster.Now += 300 * Booked.Second;
        _cluster.Schedule();
        Assert.Equal(busy ? 1 : 0, _cluster.State.Reservations.Holds.Length);
        for (var id = 1UL; id <= 4 && busy; id++)
            _cluster.Release(id);
        _cluster.Now += Booked.Hour;
        _cluster.Schedule();
        Assert.Empty(_cluster.State.Reservations.Holds);
    }

    private void SetPolicy(bool mixed, int onDemand, int lent) => _cluster.SetPolicy(
        Tenants.PolicyOf(Tenants.Project("owner", reserved: lent, onDemand: -1), Tenants.Project("p", onDemand: onDemand)) with { Gangs = new GangRules(MixGroups: mixed) });

    private GangSpec Gang(ulong id, int members, int gpus)
        => Tenants.Gang(id, members, gpus, traits: new WorkloadTraits { Project = _cluster.ProjectIndex("p") });

    private GangSpec Elastic(ulong id, int min)
        => Gang(id, 1, 1) with { MinMembers = min, Roles = [Role("large", id * 1000, 1, 8), Role("small", id * 1000 + 1, 4, 1)] };

    private static GangRole Role(string name, ulong first, int members, int gpus)
        => new(name, new Shape(gpus, 1000, 1000, 1000, GroupSet.Any), Tenants.Members(first, members), 0, 0);
}
