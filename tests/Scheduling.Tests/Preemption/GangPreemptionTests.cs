using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>Gangs that take the place of others.</summary>
public class GangPreemptionTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void One_domain_is_freed_and_not_GPUs_here_and_there()
    {
        _crowd.Nodes(4, gpus: 1);
        _crowd.Leaves(2, 2);
        for (var node = 0; node < 4; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 1);
        _crowd.Pass(3_600);
        // Alone the cheapest two, but in different domains.
        _crowd.Saves(1);
        _crowd.Saves(3);
        _crowd.Pass(600);
        _crowd.Saves(4);
        _crowd.GangComes(2, 1, topology: TopologyMode.Hard);
        Assert.Equal([3UL, 4UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_free_node_and_a_victims_node_are_combined()
    {
        _crowd.Nodes(2);
        _crowd.Leaves(2);
        _crowd.Runs(1, "n0", 0xff);
        var reply = _crowd.GangComes(2, 8, topology: TopologyMode.Hard);
        Assert.Equal(Outcome.Done, reply.Outcome);
        Assert.Equal([1UL], _crowd.EvictedIds);
        Assert.Equal(["n0", "n1"], ((GangPlacement)reply.Detail!).Seats.Select(seat => seat.Node).Order());
    }

    [Theory]
    [InlineData(TopologyMode.None, 0)]
    [InlineData(TopologyMode.Soft, 0)]
    [InlineData(TopologyMode.Soft, 3)]
    [InlineData(TopologyMode.Hard, 3)]
    public void Room_is_found_in_a_cluster_of_more_nodes_than_are_looked_at_in_many_domains(TopologyMode topology, int tiers)
    {
        const int Small = 88_000;
        _crowd.Nodes(Small, cpu: 1_000);
        var large = new[] { "a", "b", "c" };
        foreach (var name in large)
            _crowd.Cluster.AddNode(name, 8, 64_000);
        var all = new DomainDefinition("t0", 0, [.. Enumerable.Range(0, Small).Select(node => $"n{node}"), .. large], []);
        if (tiers > 0)
            Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new SetTopologyCommand { Domains = [all, .. Enumerable.Range(1, tiers - 1).Select(tier => new DomainDefinition($"t{tier}", tier, [], [$"t{tier - 1}"]))] }).Outcome);
        for (var node = 0; node < large.Length; node++)
            _crowd.Runs((ulong)node + 1, large[node], 0xff, cpu: 60_000);
        var gang = Crowd.Gang(Crowd.Newcomer, 1, 8, Provisioning.Reserved, topology, tier: tiers);
        var role = gang.Roles[0] with { Shape = gang.Roles[0].Shape with { CpuMilli = 60_000 } };
        gang = gang with { Roles = [role, role with { Name = "second", Members = [501] }, role with { Name = "third", Members = [502] }] };

        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true }).Outcome);

        Assert.Equal([1UL, 2UL, 3UL], _crowd.EvictedIds);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Where_nobody_can_make_room_for_a_member_nothing_is_planned(int gpus)
    {
        _crowd.Nodes(4);
        _crowd.Leaves(2, 2);
        for (var node = 0UL; node < 4; node++)
        {
            _crowd.Runs((node * 2) + 1, $"n{node}", (1u << (gpus - 1)) - 1);
            _crowd.Runs((node * 2) + 2, $"n{node}", 0xffu & ~((1u << (gpus - 1)) - 1), Provisioning.Reserved);
        }

        Assert.Equal(Outcome.NoFit, _crowd.GangComes(2, gpus).Outcome);
        Assert.Empty(_crowd.Cluster.State.Preemption.Offers);
        Assert.Equal(Outcome.Done, _crowd.GangComes(2, gpus - 1).Outcome);
        Assert.NotEmpty(_crowd.Cluster.State.Preemption.Offers);
    }

    [Fact]
    public void A_hard_topology_is_kept_when_the_domain_holds_too_few()
    {
        _crowd.Nodes(2);
        _crowd.Leaves(1, 1);
        _crowd.Runs(1, "n0", 0xff);
        var before = _crowd.Cluster.Snapshot().ImageHash();
        Assert.Equal(Outcome.NoFit, _crowd.GangComes(2, 8, topology: TopologyMode.Hard).Outcome);
        Assert.Equal(before, _crowd.Cluster.Snapshot().ImageHash());
        Assert.Equal(Outcome.Done, _crowd.GangComes(2, 8, topology: TopologyMode.Soft).Outcome);
    }

    [Fact]
    public void A_member_that_was_lost_goes_to_the_leaf_of_its_sub_group()
    {
        _crowd.Nodes(6);
        _crowd.Leaves(3, 3);
        var gang = Crowd.Gang(7, 4, 8, Provisioning.Reserved);
        gang = gang with { Roles = [gang.Roles[0] with { SubgroupSize = 2 }] };
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang }).Outcome);
        var leaves = Leaves();
        _crowd.Cluster.Release(702);
        _crowd.Cluster.Release(703);
        foreach (var node in _crowd.Cluster.Snapshot().Nodes().Where(node => node.FreeGpuCount == 8).ToList())
            _crowd.Runs(10 + (ulong)node.Index, node.Name, 0xff);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true }).Outcome);
        Assert.Equal(leaves, Leaves());

        List<int> Leaves()
            => [.. _crowd.Cluster.Snapshot().Workloads().Where(workload => workload.Id > 700).OrderBy(workload => workload.Id).Select(workload => workload.Node / 3)];
    }

    [Fact]
    public void Where_nobody_can_make_room_for_a_lost_member_beside_its_mates_another_sub_group_makes_up_the_number()
    {
        _crowd.Nodes(4);
        _crowd.Leaves(2, 2);
        var gang = Crowd.Gang(7, 4, 8, Provisioning.Reserved, min: 2);
        gang = gang with { Roles = [gang.Roles[0] with { SubgroupSize = 2 }] };
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang }).Outcome);
        foreach (var lost in (ulong[])[702, 703, 704])
        {
            var node = _crowd.Cluster.State.Nodes.NameOf(_crowd.Cluster.Snapshot().Workloads().Single(workload => workload.Id == lost).Node);
            _crowd.Cluster.Release(lost);
            _crowd.Runs(lost - 700, node, 0xff, lost == 702 ? Provisioning.Reserved : Provisioning.Spot);
        }
        var reply = _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true });
        Assert.Equal(Outcome.Done, reply.Outcome);
        Assert.Equal([701UL, 703UL], ((GangPlacement)reply.Detail!).Seats.Select(seat => seat.Workload));
        Assert.Single(_crowd.EvictedIds);
    }

    [Fact]
    public void What_evicting_for_a_sub_group_costs_is_estimated_on_its_own_nodes()
    {
        _crowd.Nodes(9);
        _crowd.Leaves(2, 2, 2, 2, 1);
        for (var node = 0; node < 9; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 0xff);
        _crowd.Pass(3_600);
        _crowd.Saves(9);
        _crowd.Pass(600);
        foreach (var cheap in (ulong[])[1, 3, 5, 7])
            _crowd.Saves(cheap);
        var gang = Crowd.Gang(7, 1, 8, Provisioning.Reserved);
        gang = gang with { Roles = [gang.Roles[0] with { SubgroupSize = 1 }] };
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, Selection = Selections.Of(1, 1, 3, 5, 7, 8), MayPreempt = true }).Outcome);
        Assert.Equal([9UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_large_member_leaves_the_node_that_alone_will_do_for_a_small_one()
    {
        _crowd.Nodes(2);
        _crowd.Runs(1, "n0", 0xff);
        _crowd.Runs(2, "n1", 0xff);
        _crowd.Pass(3_600);
        _crowd.Saves(1);
        var gang = Crowd.Gang(7, 1, 8, Provisioning.Reserved);
        gang = gang with { Roles = [gang.Roles[0] with { Name = "launcher", Shape = gang.Roles[0].Shape with { GpuCount = 1 }, Members = [999] }, gang.Roles[0]] };
        var reply = _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, RoleSelections = [Selections.Of(1, 0), null], MayPreempt = true });
        Assert.Equal(Outcome.Done, reply.Outcome);
        Assert.Equal([(999UL, "n0"), (701UL, "n1")], ((GangPlacement)reply.Detail!).Seats.Select(seat => (seat.Workload, seat.Node)));
    }

    [Fact]
    public void Sub_groups_take_the_leaves_whose_work_costs_least()
    {
        _crowd.Nodes(8);
        _crowd.Leaves(2, 2, 2, 2);
        for (var node = 0; node < 8; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 0xff);
        _crowd.Pass(3_600);
        foreach (var saved in (ulong[])[3, 4, 7, 8])
            _crowd.Saves(saved);
        Assert.Equal(Outcome.Done, SubgroupsCome(2).Outcome);
        Assert.Equal([3UL, 4UL, 7UL, 8UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_sub_group_goes_where_a_gang_that_is_broken_for_another_leaves_room()
    {
        _crowd.Nodes(16);
        _crowd.Leaves(2, 2, 2, 2, 2, 2, 2, 2);
        for (var node = 2; node < 14; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 0xff);
        // Two of them cost more than the gang, and less than the gang and the one beside its last member.
        _crowd.Pass(84);
        foreach (var (id, node) in (ReadOnlySpan<(ulong, string)>)[(1, "n0"), (2, "n1"), (15, "n14")])
            _crowd.Runs(id, node, 0xff, gang: 5);
        _crowd.Runs(16, "n15", 0xff);
        Assert.Equal(Outcome.Done, SubgroupsCome(2).Outcome);
        Assert.Equal([1UL, 2UL, 15UL, 16UL], _crowd.EvictedIds);
    }

    [Fact]
    public void A_sub_group_evicts_nobody_where_its_shares_are_free()
    {
        _crowd.Nodes(16, gpus: 1);
        _crowd.Leaves(2, 2, 2, 2, 2, 2, 2, 2);
        for (var node = 0; node < 16; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 1, milli: node >= 14 ? 500 : 1000);
        // There is room for one of the two.
        Assert.Equal(Outcome.Done, SubgroupsCome(2, new Shape(1, 500, 0, 0, GroupSet.Any)).Outcome);
        Assert.Equal(2, _crowd.EvictedIds.Length);
    }

    [Fact]
    public void Domains_that_would_hold_each_role_and_not_all_of_them_are_not_planned_one_after_the_other()
    {
        const int leaves = 32;
        _crowd.Nodes(2 * leaves, cpu: 1_000);
        _crowd.Leaves([.. Enumerable.Repeat(2, leaves)]);
        for (var node = 0; node < 2 * leaves; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 0, cpu: 1_000);
        var gang = Crowd.Gang(Crowd.Newcomer, 2, 0, Provisioning.Reserved, TopologyMode.Hard);
        var role = gang.Roles[0] with { Shape = new Shape(0, 1000, 900, 0, GroupSet.Any) };
        gang = gang with { Roles = [role, role with { Name = "loader", Members = Tenants.Members(5_000, 2) }] };
        var plans = _crowd.Cluster.State.Preemption.Victims.Round;
        Assert.Equal(Outcome.NoFit, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true }).Outcome);
        Assert.InRange(_crowd.Cluster.State.Preemption.Victims.Round - plans, 1, leaves / 2);
    }

    [Fact]
    public void A_gang_that_lies_on_several_nodes_is_counted_once()
    {
        _crowd.Nodes(4);
        _crowd.Leaves(2, 2);
        _crowd.Runs(1, "n0", 0xff, gang: 5);
        _crowd.Runs(2, "n1", 0xff, gang: 5);
        _crowd.Runs(3, "n2", 0xff, Provisioning.Spot, Category.Serving);
        _crowd.Runs(4, "n3", 0xff, Provisioning.Spot, Category.Serving);
        var reply = _crowd.GangComes(2, 8, topology: TopologyMode.Hard);
        Assert.Equal([1UL, 2UL], _crowd.EvictedIds);
        Assert.Equal(2 * 8 * 60 + 600, Crowd.EvictionsOf(reply).Impact);
    }

    [Fact]
    public void A_gang_that_makes_room_for_several_goes_before_singles_that_cost_more_together()
    {
        _crowd.Nodes(4);
        _crowd.Runs(3, "n2", 0xff);
        _crowd.Runs(4, "n3", 0xff);
        _crowd.Pass(65);
        _crowd.Runs(1, "n0", 0xff, gang: 5);
        _crowd.Runs(2, "n1", 0xff, gang: 5);
        var reply = _crowd.GangComes(2, 8);
        Assert.Equal([1UL, 2UL], _crowd.EvictedIds);
        Assert.Equal(2 * 8 * 60 + 600, Crowd.EvictionsOf(reply).Impact);
    }

    [Fact]
    public void Nobody_is_evicted_for_elastic_members()
    {
        _crowd.Nodes(3, gpus: 1);
        _crowd.Runs(1, "n0", 1);
        _crowd.Runs(2, "n1", 1);
        _crowd.Runs(3, "n2", 1);
        var placement = (GangPlacement)_crowd.GangComes(3, 1, min: 2).Detail!;
        Assert.Equal((2, 1), (placement.Seats.Length, placement.Waiting));
        Assert.Equal(2, _crowd.Evicted.Count());
        Assert.Equal(Outcome.NoFit, _crowd.GangComes(3, 1, min: 2).Outcome);
    }

    [Fact]
    public void A_growing_gang_evicts_none_of_its_own()
    {
        _crowd.Nodes(2, gpus: 1);
        Assert.Equal(Outcome.Done, _crowd.GangComes(2, 1, Provisioning.Spot, id: 5).Outcome);
        var gang = Crowd.Gang(5, 3, 1, Provisioning.Reserved);
        Assert.Equal(Outcome.NoFit, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true }).Outcome);
    }

    [Fact]
    public void Sub_groups_stay_in_their_domains()
    {
        _crowd.Nodes(4, gpus: 2);
        _crowd.Leaves(2, 2);
        for (var node = 0; node < 4; node++)
            _crowd.Runs((ulong)node + 1, $"n{node}", 3);
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new SetTopologyCommand
        {
            Domains = [new("leaf0", 0, ["n0", "n1"], []), new("leaf1", 0, ["n2", "n3"], []), new("spine", 1, [], ["leaf0", "leaf1"])],
        }).Outcome);
        var shape = new Shape(2, 1000, 0, 0, GroupSet.Any);
        var gang = Crowd.Gang(5, 1, 1, Provisioning.Reserved, TopologyMode.Hard, 1) with
        {
            Roles = [new GangRole("worker", shape, [501, 502, 503, 504], 2, 0)],
        };
        var reply = _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true });
        Assert.Equal(Outcome.Done, reply.Outcome);
        var leaves = ((GangPlacement)reply.Detail!).Seats.Select(seat => seat.NodeIndex / 2).ToArray();
        Assert.Equal((leaves[0], leaves[2]), (leaves[1], leaves[3]));
    }

    [Fact]
    public void Shares_and_whole_GPUs_of_one_gang_do_not_meet()
    {
        _crowd.Nodes(1, gpus: 3);
        _crowd.Runs(1, "n0", 3);
        var gang = Crowd.Gang(5, 1, 1, Provisioning.Reserved) with
        {
            Roles =
            [
                new GangRole("whole", new Shape(1, 1000, 0, 0, GroupSet.Any), [501, 502], 0, 0),
                new GangRole("share", new Shape(1, 300, 0, 0, GroupSet.Any), [503, 504], 0, 0),
            ],
        };
        Assert.Equal(Outcome.Done, _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true }).Outcome);
        Assert.All(_crowd.Cluster.Node("n0").GpuUsedMilli.ToArray(), used => Assert.InRange(used, 0, 1000));
    }

    /// <summary>A gang of sub-groups of two members.</summary>
    private Reply SubgroupsCome(int subgroups, Shape? shape = null)
    {
        var gang = Crowd.Gang(Crowd.Newcomer, 2 * subgroups, 8, Provisioning.Reserved);
        var role = gang.Roles[0] with { SubgroupSize = 2 };
        return _crowd.Cluster.Do(new PlaceGangCommand { Gang = gang with { Roles = [shape is { } other ? role with { Shape = other } : role] }, MayPreempt = true });
    }
}
