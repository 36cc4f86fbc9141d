using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Gangs;

public class GangTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void All_members_get_a_place_in_one_decision_or_none_does()
    {
        _cluster.AddFabric(1, 1, 3);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Tenants.Gang(1, 4)).Outcome);
        Assert.Equal(0, _cluster.Snapshot().WorkloadCount);
        Assert.Equal(3, Placed(Tenants.Gang(1, 3)).Seats.Length);
    }

    [Fact]
    public void Beyond_the_minimum_as_many_as_fit_are_placed_and_the_rest_later()
    {
        _cluster.AddFabric(1, 1, 3);
        var elastic = Tenants.Gang(1, 5, min: 2);
        Assert.Equal((3, 2), Placed(elastic) is var first ? (first.Seats.Length, first.Waiting) : default);
        _cluster.AddNode("more");
        Assert.Equal((4, 1), Placed(elastic) is var grown ? (grown.Seats.Length, grown.Waiting) : default);
    }

    [Fact]
    public void One_that_shrinks_and_may_do_with_fewer_members_keeps_what_it_then_needs()
    {
        _cluster.AddFabric(1, 1, 3);
        Placed(Tenants.Gang(1, 3));
        _cluster.Release(1002);
        var smaller = Tenants.Gang(1, 2, min: 1);
        Assert.Equal([(Outcome.Unchanged, true), (Outcome.Unchanged, false)], new[] { _cluster.PlaceGang(smaller), _cluster.PlaceGang(smaller) }.Select(reply => (reply.Outcome, reply.Changed)));
        _cluster.Confirm(1000);
        _cluster.Now += 300_000;
        _cluster.Sweep();
        Assert.Equal([1000UL], _cluster.Snapshot().Workloads().Select(workload => workload.Id));
    }

    [Fact]
    public void An_elastic_gang_starts_in_a_domain_that_has_room_for_enough_of_its_small_members()
    {
        _cluster.AddFabric(1, 2, 1);
        _cluster.Bind(100, "s0-l0-n0");
        _cluster.Bind(101, "s0-l1-n0");
        var gang = Tenants.Gang(1, 1, min: 3, topology: TopologyMode.Hard);
        gang = gang with { Roles = [gang.Roles[0], gang.Roles[0] with { Name = "small", Shape = gang.Roles[0].Shape with { GpuCount = 2 }, Members = [2, 3, 4] }] };
        Assert.Equal([2UL, 3UL, 4UL], Placed(gang).Seats.Select(seat => seat.Workload));
    }

    [Fact]
    public void A_hard_gang_stays_inside_a_domain_of_the_allowed_tier()
    {
        _cluster.AddFabric(2, 2, 2);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Tenants.Gang(1, 3, topology: TopologyMode.Hard, tier: 0)).Outcome);
        Assert.Single(LeavesOf(Placed(Tenants.Gang(1, 2, topology: TopologyMode.Hard, tier: 0))));
        var wider = Placed(Tenants.Gang(2, 3, topology: TopologyMode.Hard, tier: 1));
        Assert.Single(wider.Seats.Select(seat => seat.Node[..2]).Distinct());
    }

    [Fact]
    public void A_soft_gang_takes_the_tightest_domain_and_else_anything()
    {
        _cluster.AddFabric(2, 2, 2);
        Assert.Single(LeavesOf(Placed(Tenants.Gang(1, 2, topology: TopologyMode.Soft))));
        Assert.Equal(6, Placed(Tenants.Gang(2, 6, topology: TopologyMode.Soft)).Seats.Length);
    }

    [Fact]
    public void Of_the_domains_that_fit_the_one_left_least_fragmented_is_taken()
    {
        _cluster.AddFabric(1, 2, 3);
        _cluster.Bind(100, "s0-l1-n0", mask: 0xFF);
        Assert.Equal(["s0-l1"], LeavesOf(Placed(Tenants.Gang(1, 2, topology: TopologyMode.Hard, tier: 0))));
    }

    [Fact]
    public void Sub_groups_share_a_leaf_and_the_gang_a_spine()
    {
        _cluster.AddFabric(2, 2, 3);
        var gang = Placed(Tenants.Gang(1, 4, topology: TopologyMode.Hard, tier: 1, subgroup: 2, subgroupTier: 0));
        Assert.Single(gang.Seats.Select(seat => seat.Node[..2]).Distinct());
        foreach (var stage in gang.Seats.Chunk(2))
            Assert.Single(stage.Select(seat => seat.Node[..5]).Distinct());
        // A spine has two leaves of three nodes: six members, but not three pairs that each share a leaf.
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Tenants.Gang(2, 6, topology: TopologyMode.Hard, tier: 1, subgroup: 2)).Outcome);
    }

    [Fact]
    public void Without_a_topology_only_members_in_no_sub_group_have_a_place()
    {
        _cluster.AddNode("n");
        var gang = Tenants.Gang(1, 2, gpus: 2, min: 1, subgroup: 2);
        gang = gang with { Roles = [.. gang.Roles, gang.Roles[0] with { Name = "driver", Members = [5000], SubgroupSize = 0 }] };
        Assert.Equal([5000UL], Placed(gang).Seats.Select(seat => seat.Workload));
    }

    [Fact]
    public void Members_that_come_later_stay_in_the_domain_of_the_others()
    {
        _cluster.AddFabric(2, 2, 2);
        Placed(Tenants.Gang(1, 2, topology: TopologyMode.Hard, tier: 1));
        var grown = Placed(Tenants.Gang(1, 4, topology: TopologyMode.Hard, tier: 1));
        Assert.Single(grown.Seats.Select(seat => seat.Node[..2]).Distinct());
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Tenants.Gang(1, 5, topology: TopologyMode.Hard, tier: 1)).Outcome);
        Assert.Equal(4, _cluster.Snapshot().WorkloadCount);
    }

    [Fact]
    public void A_member_that_is_lost_is_replaced_in_the_leaf_of_the_others_first()
    {
        _cluster.AddFabric(1, 2, 3);
        var gang = Tenants.Gang(1, 2, topology: TopologyMode.Hard, tier: 1);
        var leaf = Placed(gang).Seats[0].Node[..5];
        _cluster.Release(1001);
        Assert.All(Placed(gang).Seats, seat => Assert.StartsWith(leaf, seat.Node));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_without_GPUs_on_another_machine_group_does_not_bind_the_others_to_it(bool first)
    {
        _cluster.AddNode("g0", cpu: 4000);
        _cluster.AddNode("g1", cpu: 4000);
        _cluster.AddNode("c0", gpus: 0, group: "cpu");
        var gang = WithLauncher(Tenants.Gang(1, 2));
        if (first)
            gang = gang with { Roles = [gang.Roles[1], gang.Roles[0]] };
        Assert.Equal(["c0", "g0", "g1"], Placed(gang).Seats.Select(seat => seat.Node).Order());
        _cluster.Release(1000);
        var again = new PendingJob(1, gang.Id, gang.Name, gang.Traits, gang.Roles[0].Shape, gang, false, "", _cluster.Now);
        Assert.True(EarliestStart.Of(_cluster.State, again, _cluster.Now).Known);
        Assert.Equal(["c0", "g0", "g1"], Placed(gang).Seats.Select(seat => seat.Node).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_without_GPUs_that_was_lost_is_expected_on_a_node_of_any_machine_group(bool choosy)
    {
        _cluster.AddNode("g0", cpu: 4000);
        _cluster.AddNode("c0", gpus: 0, group: "cpu");
        var gang = WithLauncher(Tenants.Gang(1, 1));
        if (choosy)
            gang = gang with { Roles = [gang.Roles[0], gang.Roles[1] with { Shape = gang.Roles[1].Shape with { Groups = GroupSet.Of(1) } }] };
        Placed(gang);
        _cluster.Release(1900);
        var again = new PendingJob(1, gang.Id, gang.Name, gang.Traits, gang.Roles[0].Shape, gang, false, "", _cluster.Now);
        Assert.Equal([1], EarliestStart.Of(_cluster.State, again, _cluster.Now).Nodes.AsEnumerable());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_member_without_GPUs_finds_a_leaf_in_which_nodes_of_another_machine_group_alone_are(int subgroup)
    {
        _cluster.AddNode("g0", cpu: 4000);
        _cluster.AddNode("g1", cpu: 4000);
        _cluster.AddNode("c0", gpus: 0, group: "cpu");
        _cluster.Do(new SetTopologyCommand
        {
            Domains =
            [
                new DomainDefinition("gpus", 0, ["g0", "g1"], []), new DomainDefinition("cpus", 0, ["c0"], []), new DomainDefinition("spine", 1, [], ["cpus", "gpus"]),
            ],
        });
        var gang = WithLauncher(Tenants.Gang(1, 2, topology: TopologyMode.Hard, tier: 1));
        gang = gang with { Roles = [gang.Roles[0], gang.Roles[1] with { SubgroupSize = subgroup }] };
        Assert.Equal(["c0", "g0", "g1"], Placed(gang).Seats.Select(seat => seat.Node).Order());
    }

    [Fact]
    public void A_sub_group_whose_leaf_is_full_does_not_keep_the_others_of_an_elastic_gang_waiting()
    {
        _cluster.AddFabric(1, 2, 2);
        _cluster.Bind(100, "s0-l1-n0", mask: 0xFF);
        var gang = Tenants.Gang(1, 4, min: 1, topology: TopologyMode.Hard, tier: 1, subgroup: 2);
        var seats = Placed(gang).Seats;
        Assert.Equal(["s0-l0-n0", "s0-l0-n1"], seats.Select(seat => seat.Node));
        _cluster.Release(seats[0].Workload);
        _cluster.Bind(101, seats[0].Node, mask: 0xFF);
        _cluster.Release(100);
        Assert.Equal([1001UL, 1002UL, 1003UL], Placed(gang).Seats.Select(seat => seat.Workload));
    }

    [Fact]
    public void Who_is_lost_from_one_of_several_leaves_is_replaced_in_that_leaf()
    {
        _cluster.AddFabric(1, 3, 3);
        var gang = Tenants.Gang(1, 4, topology: TopologyMode.Hard, tier: 1, subgroup: 2);
        var lost = Placed(gang).Seats[3];
        _cluster.Release(lost.Workload);
        _cluster.Bind(900, lost.Node, mask: 0xFF);
        Assert.Equal(lost.Node[..5], Placed(gang).Seats[3].Node[..5]);
    }

    [Theory]
    [InlineData(TopologyMode.None)]
    [InlineData(TopologyMode.Soft)]
    [InlineData(TopologyMode.Hard)]
    public void A_large_member_that_may_be_anywhere_leaves_the_node_that_a_small_one_needs(TopologyMode topology)
    {
        _cluster.AddFabric(1, 1, 2);
        var gang = Tenants.Gang(1, 1, topology: topology);
        var launcher = gang.Roles[0] with { Name = "launcher", Shape = gang.Roles[0].Shape with { GpuCount = 1 }, Members = [2] };
        var command = new PlaceGangCommand { Gang = gang with { Roles = [launcher, .. gang.Roles] }, RoleSelections = [Selections.Of(1, 0), null], Wait = true };
        var job = new PendingJob(0, 1, "", gang.Traits, launcher.Shape, command.Gang, false, "", _cluster.Now) { Selections = [1, 0] };
        _cluster.State.Pending.Selections.Set(command.RoleSelections);
        Assert.True(EarliestStart.Of(_cluster.State, job, _cluster.Now).Known);
        var placement = Assert.IsType<GangPlacement>(_cluster.Do(command).Detail);
        Assert.Equal(["s0-l0-n0", "s0-l0-n1"], placement.Seats.Select(seat => seat.Node));
    }

    [Fact]
    public void Small_members_that_are_listed_first_do_not_keep_the_large_ones_out()
    {
        _cluster.AddNode("n0", gpus: 5);
        _cluster.AddNode("n1", gpus: 3);
        var gang = Tenants.Gang(1, 2, gpus: 1);
        Assert.Equal(5, Placed(gang with { Roles = gang.Roles.Add(Tenants.Gang(2, 3, gpus: 2).Roles[0] with { Name = "large" }) }).Seats.Length);
    }

    [Fact]
    public void A_gang_of_which_too_few_are_bound_in_time_gives_everything_back()
    {
        _cluster.AddFabric(1, 1, 4);
        Placed(Tenants.Gang(1, 3));
        _cluster.Confirm(1000);
        _cluster.Effects.Clear();
        _cluster.Now += 300_000;
        _cluster.Sweep();
        Assert.Equal(0, _cluster.Snapshot().WorkloadCount);
        var effects = _cluster.Effects.All().ToList();
        Assert.Equal(1000UL, Assert.Single(effects.OfType<Effects.Effect.Evict>()).Workload);
        Assert.Equal(new ulong[] { 1001, 1002 }, effects.OfType<Effects.Effect.AssumptionExpired>().Select(expired => expired.Workload).Order());
    }

    [Fact]
    public void A_gang_that_has_as_many_bound_as_it_needs_loses_only_the_others()
    {
        _cluster.AddFabric(1, 1, 4);
        Placed(Tenants.Gang(1, 3, min: 2));
        _cluster.Confirm(1000);
        _cluster.Confirm(1001);
        _cluster.Now += 300_000;
        _cluster.Sweep();
        Assert.Equal(new ulong[] { 1000, 1001 }, _cluster.Snapshot().Workloads().Select(w => w.Id).Order());
    }

    [Fact]
    public void A_gang_whose_last_member_with_a_place_is_bound_on_another_node_stays_what_it_was()
    {
        _cluster.AddFabric(1, 1, 3);
        Placed(Tenants.Gang(1, 2));
        _cluster.Release(1001);
        var other = _cluster.Snapshot().Nodes().First(node => node.FreeGpuCount == 8).Name;
        var bind = new BindCommand { Workload = 1000, Name = "test/g1", Node = other, GpuMask = 0xFF, GpuMilli = 1000, CpuMilli = 1000, MemoryMib = 1000, Gang = 1 };
        Assert.Equal(Outcome.Done, _cluster.Do(bind).Outcome);
        Assert.Equal(Outcome.AlreadyExists, _cluster.PlaceGang(Tenants.Gang(1, 2, gpus: 4)).Outcome);
    }

    [Fact]
    public void Members_of_one_gang_are_on_one_machine_group_unless_the_policy_lets_them_mix()
    {
        _cluster.AddNode("a1", group: "a");
        _cluster.AddNode("b1", group: "b");
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Tenants.Gang(1, 2)).Outcome);
        _cluster.SetPolicy(SchedulingPolicy.Open with { Gangs = new GangRules(MixGroups: true) });
        Assert.Equal(2, Placed(Tenants.Gang(1, 2)).Seats.Length);
    }

    [Fact]
    public void Members_may_have_different_shapes()
    {
        _cluster.AddFabric(1, 1, 2);
        var gang = Tenants.Gang(1, 1) with
        {
            Roles =
            [
                new GangRole("launcher", new Shape(0, 1000, 1000, 1000, GroupSet.Any), [11], 0, 0),
                new GangRole("worker", new Shape(8, 1000, 1000, 1000, GroupSet.Any), [12], 0, 0),
                new GangRole("reader", new Shape(2, 1000, 1000, 1000, GroupSet.Any), [13, 14, 15, 16], 0, 0),
            ],
            Topology = TopologyMode.Hard,
        };
        Assert.Equal([11UL, 12, 13, 14, 15, 16], Placed(gang).Seats.Select(seat => seat.Workload));
        Assert.All(_cluster.Snapshot().Nodes(), node => Assert.Equal(0, node.FreeGpuCount));
    }

    [Fact]
    public void A_gang_is_admitted_by_quota_as_a_whole()
    {
        _cluster.AddFabric(1, 1, 4);
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved: 16)));
        var traits = new WorkloadTraits { Project = 1, Provisioning = Provisioning.Reserved };
        Assert.Equal(Outcome.OverQuota, _cluster.PlaceGang(Tenants.Gang(1, 3, traits: traits)).Outcome);
        Assert.Equal(2, Placed(Tenants.Gang(1, 2, traits: traits)).Seats.Length);
    }

    [Fact]
    public void The_same_gang_again_changes_nothing_and_a_member_with_a_place_elsewhere_is_a_conflict()
    {
        _cluster.AddFabric(1, 1, 3);
        Placed(Tenants.Gang(1, 2));
        Assert.Equal(Outcome.Unchanged, _cluster.PlaceGang(Tenants.Gang(1, 2)).Outcome);
        var clash = _cluster.PlaceGang(Tenants.Gang(2, 1, firstMember: 1000));
        Assert.Equal(Outcome.Conflict, clash.Outcome);
        Assert.StartsWith("Roles:", (string)clash.Detail!);
    }

    /// <summary>Placed with its gang it would still wait, and get a second place in the next cycle.</summary>
    [Fact]
    public void A_member_that_waits_by_itself_is_a_conflict_until_it_is_released()
    {
        _cluster.AddNode("n");
        _cluster.Bind(100, "n", mask: 0xFF);
        Assert.Equal(Outcome.Queued, _cluster.Place(1000, new WorkloadTraits(), wait: true).Outcome);
        _cluster.Release(100);
        var clash = _cluster.PlaceGang(Tenants.Gang(1, 1, gpus: 2));
        Assert.Equal((Outcome.Conflict, false), (clash.Outcome, clash.Changed));
        Assert.StartsWith("Roles:", (string)clash.Detail!);
        _cluster.Release(1000);
        Placed(Tenants.Gang(1, 1, gpus: 2));
        _cluster.Schedule();
        Assert.Equal([1000UL], _cluster.Snapshot().Workloads().Select(workload => workload.Id));
        Recount.Check(_cluster);
    }

    [Fact]
    public void Of_a_gang_and_a_member_that_wait_the_member_alone_gets_a_place()
    {
        _cluster.AddNode("n");
        _cluster.Bind(100, "n", mask: 0xFF);
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Tenants.Gang(1, 1, gpus: 2), wait: true).Outcome);
        Assert.Equal(Outcome.Queued, _cluster.Place(1000, new WorkloadTraits(), wait: true).Outcome);
        _cluster.Release(100);
        _cluster.Schedule();
        Assert.Equal([1000UL], _cluster.Snapshot().Workloads().Select(workload => workload.Id));
        Recount.Check(_cluster);
    }

    [Fact]
    public void A_gang_waits_as_a_whole_and_is_placed_as_a_whole()
    {
        _cluster.AddFabric(1, 1, 2);
        _cluster.Bind(100, "s0-l0-n0", mask: 1);
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Tenants.Gang(1, 2), wait: true).Outcome);
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Tenants.Gang(1, 2), wait: true).Outcome);
        Assert.Equal(1, _cluster.Snapshot().PendingCount);
        _cluster.Release(100);
        _cluster.Effects.Clear();
        _cluster.Schedule();
        Assert.Equal(2, _cluster.Effects.Count);
    }

    [Fact]
    public void A_gang_that_is_taken_out_of_the_queue_only_keeps_the_places_of_its_members()
    {
        _cluster.AddNode("a");
        _cluster.PlaceGang(Tenants.Gang(1, 1));
        _cluster.PlaceGang(Tenants.Gang(1, 2), wait: true);
        Assert.Equal((1, 1), (_cluster.Snapshot().WorkloadCount, _cluster.Snapshot().PendingCount));

        Assert.Equal(Outcome.Done, _cluster.Do(new ReleaseGangCommand { Gang = 1, QueuedOnly = true }).Outcome);
        Assert.Equal((1, 0), (_cluster.Snapshot().WorkloadCount, _cluster.Snapshot().PendingCount));
        Assert.Equal(Outcome.NotFound, _cluster.Do(new ReleaseGangCommand { Gang = 1, QueuedOnly = true }).Outcome);
    }

    /// <summary>Each decision is whole, so gangs that arrive together cannot each hold what the other needs.</summary>
    [Fact]
    public void Many_gangs_at_once_do_not_block_each_other()
    {
        _cluster.AddFabric(1, 2, 4);
        for (var gang = 1UL; gang <= 6; gang++)
            _cluster.PlaceGang(Tenants.Gang(gang, 5), wait: true);
        Assert.Equal(5, _cluster.Snapshot().WorkloadCount);
        for (var done = 1UL; done <= 6; done++)
        {
            Assert.Equal(5, _cluster.Snapshot().WorkloadCount);
            _cluster.Do(new ReleaseGangCommand { Gang = done });
            _cluster.Schedule();
        }
        Assert.Equal((0, 0), (_cluster.Snapshot().WorkloadCount, _cluster.Snapshot().PendingCount));
    }

    [Theory]
    [InlineData("Gang:", 0UL, 1, 0)]
    [InlineData("MinMembers:", 1UL, 2, 3)]
    [InlineData("Roles[worker].Members:", 1UL, 0, 0)]
    public void A_wrong_field_is_named(string field, ulong id, int members, int min)
    {
        _cluster.AddNode("a");
        var reply = _cluster.PlaceGang(Tenants.Gang(id, members, min: min));
        Assert.Equal((Outcome.Invalid, false), (reply.Outcome, reply.Changed));
        Assert.StartsWith(field, (string)reply.Detail!);
    }

    [Fact]
    public void A_member_may_not_be_named_twice()
        => Assert.StartsWith("Roles:", (string)_cluster.PlaceGang(Tenants.Gang(1, 1) with
        {
            Roles = [new GangRole("a", new Shape(1, 1000, 0, 0, GroupSet.Any), [5, 5], 0, 0)],
        }).Detail!);

    private GangPlacement Placed(GangSpec gang)
    {
        var reply = _cluster.PlaceGang(gang);
        Assert.Equal(Outcome.Done, reply.Outcome);
        return (GangPlacement)reply.Detail!;
    }

    // One more member, with more CPU than a node with GPUs has.
    private static GangSpec WithLauncher(GangSpec gang)
        => gang with { Roles = [.. gang.Roles, new GangRole("launcher", new Shape(0, 1000, 8000, 1000, GroupSet.Any), [gang.Id * 1000 + 900], 0, 0)] };

    private static IEnumerable<string> LeavesOf(GangPlacement placement) => placement.Seats.Select(seat => seat.Node[..5]).Distinct();
}
