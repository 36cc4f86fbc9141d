using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Explain;

/// <summary>What gangs that grow, are elastic or have members of several sizes lack.</summary>
public class GangRemedyTests
{
    private static readonly WorkloadTraits Reserved = new() { Project = 1, Provisioning = Provisioning.Reserved };

    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_gang_that_grows_lacks_quota_only_for_the_members_that_are_new()
    {
        AddNodes(3);
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 18)));
        _cluster.PlaceGang(Tenants.Gang(1, 2, traits: Reserved));
        Assert.Equal((RemedyCode.RaiseQuota, 6_000L), First(OfGrown(Tenants.Gang(1, 3, traits: Reserved))));
    }

    [Fact]
    public void An_elastic_gang_lacks_quota_only_for_the_members_without_which_it_may_not_run()
    {
        AddNodes(4);
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 10)));
        Assert.Equal((RemedyCode.RaiseQuota, 6_000L), First(OfGrown(Tenants.Gang(1, 4, min: 2, traits: Reserved))));
    }

    [Fact]
    public void What_is_borrowed_needs_no_quota()
    {
        AddNodes(4);
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("o", reserved: 8), Tenants.Project("p", onDemand: 4)));
        var traits = new WorkloadTraits { Project = 2, Provisioning = Provisioning.OnDemand };
        // Of three members one is borrowed, so two lack 16 - 4.
        Assert.Equal((RemedyCode.RaiseQuota, 12_000L), First(OfGrown(Tenants.Gang(1, 3, traits: traits))));
    }

    [Fact]
    public void The_most_members_with_which_it_runs_are_named_not_those_of_the_first_domain_that_takes_one()
    {
        _cluster.AddFabric(1, 2, 3);
        // A leaf with one free node fits more tightly than the one with three.
        _cluster.Bind(100, "s0-l0-n0", mask: 0xFF);
        _cluster.Bind(101, "s0-l0-n1", mask: 0xFF);
        var remedies = OfGrown(Tenants.Gang(1, 5, topology: TopologyMode.Hard)).Remedies;
        Assert.Equal(3, remedies.Single(remedy => remedy.Code == RemedyCode.FewerMembers).Amount);
    }

    [Fact]
    public void A_gang_that_grows_lacks_nodes_in_the_domain_that_it_is_in()
    {
        _cluster.AddFabric(1, 2, 2);
        _cluster.PlaceGang(Tenants.Gang(1, 2, topology: TopologyMode.Hard));
        // The other leaf has room for both, but the members must share one.
        var reasons = OfGrown(Tenants.Gang(1, 4, topology: TopologyMode.Hard)).Reasons;
        Assert.Contains(new ReasonCount(ReasonCode.DomainTooSmall, 0, "s0-l0", 2), reasons);
    }

    [Fact]
    public void Nodes_are_counted_in_nodes_also_without_a_domain()
    {
        AddNodes(2);
        var reasons = OfGrown(Tenants.Gang(1, 9, gpus: 4, topology: TopologyMode.Hard)).Reasons;
        Assert.Contains(new ReasonCount(ReasonCode.DomainTooSmall, 0, "", 5), reasons);
    }

    [Fact]
    public void An_elastic_gang_lacks_no_more_nodes_than_its_smallest_members_do()
    {
        AddNodes(1);
        _cluster.Bind(100, _cluster.State.Nodes.NameOf(0), mask: 0xFF);
        var gang = Tenants.Gang(1, 2, min: 2, topology: TopologyMode.Hard);
        var small = gang.Roles[0] with { Name = "small", Shape = gang.Roles[0].Shape with { GpuCount = 2 }, Members = [1, 2] };
        Assert.Contains(new ReasonCount(ReasonCode.DomainTooSmall, 0, "", 1), OfGrown(gang with { Roles = gang.Roles.Add(small) }).Reasons);
    }

    [Fact]
    public void Free_nodes_of_a_machine_group_that_will_not_do_do_not_count()
    {
        _cluster.AddFabric(1, 2, 2);
        foreach (var node in (string[])["s0-l0-n1", "s0-l1-n0", "s0-l1-n1"])
            _cluster.AddNode(node, group: "b");
        var gang = Tenants.Gang(1, 2, topology: TopologyMode.Hard);
        gang = gang with { Roles = [gang.Roles[0] with { Shape = gang.Roles[0].Shape with { Groups = GroupSet.Of(0) } }] };
        Assert.Contains(new ReasonCount(ReasonCode.DomainTooSmall, 0, "s0-l0", 1), OfGrown(gang).Reasons);
    }

    [Fact]
    public void Nodes_of_any_machine_group_count_for_members_without_GPUs()
    {
        _cluster.AddNode("g0");
        _cluster.AddNode("c0", gpus: 0, group: "cpu");
        _cluster.Do(new SetTopologyCommand { Domains = [new("leaf", 0, ["c0", "g0"], [])] });
        var gang = Tenants.Gang(1, 1, topology: TopologyMode.Hard);
        _cluster.PlaceGang(gang);
        _cluster.AddNode("g0", cordoned: true);
        var launcher = new GangRole("launcher", new Shape(0, 1000, 100_000, 1000, GroupSet.Any), [2], 0, 0);
        Assert.DoesNotContain(OfGrown(gang with { Roles = gang.Roles.Add(launcher) }).Reasons, reason => reason.Code == ReasonCode.DomainTooSmall);
        var elsewhere = launcher with { Shape = launcher.Shape with { Groups = GroupSet.Of(0) } };
        _cluster.Do(new ReleaseGangCommand { Gang = 1, QueuedOnly = true });
        var reasons = OfGrown(gang with { Roles = gang.Roles.Add(elsewhere) }).Reasons;
        Assert.Contains(new ReasonCount(ReasonCode.DomainTooSmall, 0, "leaf", 1), reasons);
    }

    [Fact]
    public void Changes_that_are_named_for_such_gangs_are_enough_and_no_smaller_ones_are()
    {
        var named = new HashSet<RemedyCode>();
        Seeded.ForAll(random =>
        {
            var (cluster, gang) = Crowded(random);
            cluster.PlaceGang(gang, wait: true);
            foreach (var job in cluster.Snapshot().Pending().Where(job => job.Gang != null).ToList())
            {
                var before = cluster.Snapshot().ImageHash();
                var explanation = RemedyTrial.Explain(cluster, job);
                Assert.Equal(before, cluster.Snapshot().ImageHash());
                foreach (var remedy in explanation.Remedies)
                    RemedyTrial.Check(cluster, job, remedy);
                named.UnionWith(explanation.Remedies.Select(remedy => remedy.Code));
            }
        }, 400);
        Assert.Equal([RemedyCode.RaiseQuota, RemedyCode.AllowTier, RemedyCode.FewerMembers, RemedyCode.AsSpot], named.Order());
    }

    /// <summary>A fabric that is partly full, with a gang of which some members may have a place.</summary>
    private static (TestCluster Cluster, GangSpec Gang) Crowded(Random random)
    {
        var cluster = new TestCluster();
        cluster.AddFabric(2, 2, 3);
        cluster.SetPolicy(Tenants.PolicyOf(
            Tenants.Project("o", reserved: random.Next(3) * 12), Tenants.Project("p", random.Next(6) * 9, random.Next(6) * 9, random.Next(-1, 6) * 9)) with
        {
            Gangs = new GangRules(random.Next(3) == 0),
        });
        for (var node = 0; node < 12; node++)
        {
            var name = cluster.State.Nodes.NameOf(node);
            if (random.Next(4) == 0)
                cluster.AddNode(name, group: "b");
            if (random.Next(3) == 0)
                cluster.Bind((ulong)(500 + node), name, mask: (1u << random.Next(1, 9)) - 1);
        }
        var traits = new WorkloadTraits { Project = 2, Provisioning = (Provisioning)random.Next(3) };
        var (few, more, topology) = (random.Next(3), random.Next(2, 8), (TopologyMode)random.Next(3));
        var gang = Tenants.Gang(1, Math.Max(1, few), random.Next(1, 9), topology: topology, traits: traits);
        if (few > 0)
            cluster.PlaceGang(gang);
        gang = Tenants.Gang(1, few + more, gang.Roles[0].Shape.GpuCount, random.Next(few + more + 1), topology, traits: traits);
        var second = random.Next(1, 4);
        return (cluster, random.Next(2) == 0 ? gang : gang with
        {
            Roles = gang.Roles.Add(new GangRole("server", new Shape(random.Next(9), 1000, 1000, 1000, GroupSet.Any), Tenants.Members(2_000, second), 0, 0)),
        });
    }

    private static (RemedyCode Code, long Amount) First(Explanation explanation) => (explanation.Remedies[0].Code, explanation.Remedies[0].Amount);

    private void AddNodes(int count)
    {
        for (var node = 0; node < count; node++)
            _cluster.AddNode($"n{node}");
    }

    private Explanation OfGrown(GangSpec gang)
    {
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(gang, wait: true).Outcome);
        return RemedyTrial.Explain(_cluster, _cluster.Snapshot().Pending().Single());
    }
}
