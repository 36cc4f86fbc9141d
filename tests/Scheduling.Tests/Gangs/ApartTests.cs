using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Preemption;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Gangs;

/// <summary>Members of a gang that may not share a node.</summary>
public class ApartTests
{
    private readonly TestCluster _cluster = new();

    [Theory]
    [InlineData(TopologyMode.None)]
    [InlineData(TopologyMode.Soft)]
    [InlineData(TopologyMode.Hard)]
    public void One_is_on_a_node_however_many_have_room_there(TopologyMode topology)
    {
        _cluster.AddFabric(1, 2, 2);
        Assert.Equal(4, NodesOf(Apart(Tenants.Gang(1, 4, gpus: 1, topology: topology, tier: 1))).Distinct().Count());
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Apart(Tenants.Gang(2, 5, gpus: 1, topology: topology, tier: 1))).Outcome);
        // Others mind no other gang's.
        Assert.Equal(4, NodesOf(Apart(Tenants.Gang(3, 4, gpus: 1, topology: topology, tier: 1))).Distinct().Count());
    }

    [Fact]
    public void A_leaf_with_fewer_nodes_than_members_is_none_for_them()
    {
        _cluster.AddFabric(1, 2, 2);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Apart(Tenants.Gang(1, 3, gpus: 1, topology: TopologyMode.Hard))).Outcome);
        Assert.Single(NodesOf(Apart(Tenants.Gang(1, 2, gpus: 1, topology: TopologyMode.Hard))).Select(node => node[..5]).Distinct());
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Apart(Tenants.Gang(2, 6, gpus: 1, topology: TopologyMode.Hard, tier: 1, subgroup: 3))).Outcome);
    }

    [Fact]
    public void Roles_that_say_so_share_no_node_and_others_do()
    {
        _cluster.AddNode("a");
        _cluster.AddNode("b");
        var gang = Tenants.Gang(1, 1, gpus: 1);
        var role = gang.Roles[0];
        gang = gang with { Roles = [role with { Apart = 2 }, role with { Name = "two", Members = [2], Apart = 1 }, role with { Name = "any", Members = [3, 4] }] };
        var nodes = NodesOf(gang);
        Assert.NotEqual(nodes[0], nodes[1]);
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(gang with { Id = 2, Roles = [.. gang.Roles.Take(2).Select((r, at) => r with { Members = [10 + (ulong)at * 10, 11 + (ulong)at * 10], Apart = 3 })] }).Outcome);
    }

    [Fact]
    public void One_that_comes_later_is_not_with_those_that_are_there()
    {
        _cluster.AddNode("a");
        _cluster.AddNode("b");
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Apart(Tenants.Gang(1, 3, gpus: 1))).Outcome);
        NodesOf(Apart(Tenants.Gang(1, 2, gpus: 1)));
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Apart(Tenants.Gang(1, 3, gpus: 1))).Outcome);
        _cluster.AddNode("c");
        Assert.Equal(["a", "b", "c"], NodesOf(Apart(Tenants.Gang(1, 3, gpus: 1))).Order());
    }

    [Fact]
    public void Others_leave_one_place_on_each_node()
    {
        var crowd = new Crowd();
        crowd.Nodes(2, gpus: 2);
        crowd.Runs(1, "n0", 1);
        crowd.Runs(2, "n0", 2);
        crowd.Runs(3, "n1", 3);
        var gang = Apart(Tenants.Gang(1, 2, gpus: 1, traits: new WorkloadTraits { Provisioning = Provisioning.Reserved }));
        var reply = crowd.Cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true });
        Assert.Equal(["n0", "n1"], Assert.IsType<GangPlacement>(reply.Detail).Seats.Select(seat => seat.Node).Order());
        Assert.Equal(2, crowd.EvictedIds.Count());
        var more = Apart(Tenants.Gang(2, 3, gpus: 1, traits: new WorkloadTraits { Provisioning = Provisioning.Reserved }));
        Assert.Equal(Outcome.NoFit, crowd.Cluster.Do(new PlaceGangCommand { Gang = more, MayPreempt = true }).Outcome);
    }

    [Fact]
    public void The_nodes_that_it_lacks_are_explained()
    {
        _cluster.AddFabric(1, 2, 2);
        Assert.Equal(new ReasonCount(ReasonCode.TooFewNodes, 0, "", 2), LackedBy(_cluster, Apart(Tenants.Gang(1, 6, gpus: 1))));
        // One of the nodes is its own by now, and two members are more than it needs.
        NodesOf(Apart(Tenants.Gang(2, 1, gpus: 1)));
        Assert.Equal(new ReasonCount(ReasonCode.TooFewNodes, 0, "", 2), LackedBy(_cluster, Apart(Tenants.Gang(2, 8, gpus: 1, min: 6))));
        NodesOf(Apart(Tenants.Gang(3, 1, gpus: 1, topology: TopologyMode.Hard)));
        var leaf = _cluster.Snapshot().Workloads().Single(workload => workload.Id == 3_000).Node < 2 ? "s0-l0" : "s0-l1";
        Assert.Equal(new ReasonCount(ReasonCode.TooFewNodes, 0, leaf, 1), LackedBy(_cluster, Apart(Tenants.Gang(3, 3, gpus: 1, topology: TopologyMode.Hard))));
    }

    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public void Nodes_of_another_machine_group_help_only_where_groups_may_mix(bool mix, int lacking)
    {
        _cluster.SetPolicy(SchedulingPolicy.Open with { Gangs = new GangRules(mix) });
        foreach (var (node, group) in new[] { ("a0", "a"), ("b0", "b"), ("b1", "b") })
            _cluster.AddNode(node, group: group);
        Assert.Equal(new ReasonCount(ReasonCode.TooFewNodes, 0, "", lacking), LackedBy(_cluster, Apart(Tenants.Gang(1, 4, gpus: 1))));
    }

    [Fact]
    public void Roles_that_share_no_node_with_each_other_lack_nodes_together()
    {
        _cluster.AddNode("a");
        _cluster.AddNode("b");
        var gang = Tenants.Gang(1, 2, gpus: 1);
        gang = gang with { Roles = [gang.Roles[0] with { Apart = 3 }, gang.Roles[0] with { Name = "other", Members = [7, 8, 9], Apart = 3 }] };
        Assert.Equal(new ReasonCount(ReasonCode.TooFewNodes, 0, "", 3), LackedBy(_cluster, gang));
        // What it lacks on these nodes is not said of others.
        Assert.Null(LackedBy(_cluster, Tenants.Gang(2, 17, gpus: 1)));
    }

    [Fact]
    public void What_one_says_of_another_role_the_other_says_of_it()
    {
        var gang = Tenants.Gang(1, 1);
        Assert.Equal((Outcome.Invalid, "Roles[worker].Apart: there is no role 1."), Said(gang with { Roles = [gang.Roles[0] with { Apart = 2 }] }));
        Assert.Equal(
            (Outcome.Invalid, "Roles[worker].Apart: role 1 does not say the same of role 0."),
            Said(gang with { Roles = [gang.Roles[0] with { Apart = 2 }, gang.Roles[0] with { Name = "other", Members = [7] }] }));

        (Outcome, object?) Said(GangSpec asked) => _cluster.PlaceGang(asked) is var reply ? (reply.Outcome, reply.Detail) : default;
    }

    [Fact]
    public void The_journal_and_the_image_keep_it_and_what_was_written_without_it_reads_as_before()
    {
        var plain = Tenants.Gang(1, 2, gpus: 1, topology: TopologyMode.Hard);
        Assert.Equal(Written(plain).Length + sizeof(ulong), Written(Apart(plain)).Length);
        Assert.Equal([0UL], Read(plain).Roles.Select(role => role.Apart));
        Assert.Equal((TopologyMode.Hard, 1UL), Read(Apart(plain)) is var read ? (read.Topology, read.Roles[0].Apart) : default);

        _cluster.AddNode("a");
        _cluster.AddNode("b");
        _cluster.PlaceGang(Apart(Tenants.Gang(1, 2, gpus: 1)));
        _cluster.PlaceGang(Apart(Tenants.Gang(2, 3, gpus: 1)), wait: true);
        var restored = ClusterState.Restore(_cluster.Snapshot().Parts().Image());
        Assert.Equal(_cluster.Snapshot().ImageHash(), new TestCluster(restored) { Now = _cluster.Now }.Snapshot().ImageHash());

        static byte[] Written(GangSpec gang)
        {
            var writer = new CommandWriter(new byte[64]);
            CommandCodec.Write(ref writer, new PlaceGangCommand { Gang = gang, Wait = true }, 1);
            return writer.Written.ToArray();
        }

        static GangSpec Read(GangSpec gang) => ((PlaceGangCommand)new CommandCodec().Read(Written(gang), out _)).Gang;
    }

    /// <summary>Against counting the nodes that have room for one.</summary>
    [Fact]
    public void A_gang_is_placed_exactly_when_as_many_nodes_have_room_and_else_leaves_nothing()
        => Seeded.ForAll(random =>
        {
            var cluster = new TestCluster();
            cluster.AddFabric(1, 2, random.Next(1, 5));
            var id = 100_000UL;
            foreach (var node in cluster.Snapshot().Nodes().ToList())
            {
                if (random.Next(9) is > 0 and var used)
                    cluster.Bind(id++, node.Name, mask: (1u << used) - 1);
            }
            var (gpus, members, hard) = (random.Next(1, 5), random.Next(1, 7), random.Next(2) == 0);
            var room = cluster.Snapshot().Nodes().Where(node => node.FreeGpuCount >= gpus).ToList();
            var most = hard ? room.GroupBy(node => node.Name[..5]).Select(leaf => leaf.Count()).DefaultIfEmpty(0).Max() : room.Count;
            var before = cluster.Snapshot().ImageHash();
            var gang = Apart(Tenants.Gang(1, members, gpus, topology: hard ? TopologyMode.Hard : TopologyMode.None));
            var reply = cluster.PlaceGang(gang);
            Assert.Equal(members <= most, reply.Outcome == Outcome.Done);
            if (reply.Detail is GangPlacement placement)
                Assert.Equal(members, placement.Seats.Select(seat => seat.Node).Distinct().Count());
            else
                Assert.Equal(before, cluster.Snapshot().ImageHash());
            Assert.Equal(Math.Max(0, members - most), LackedBy(cluster, gang)?.Amount ?? 0);
            Recount.Check(cluster);
        }, 150);

    /// <summary>What is said of it should it wait.</summary>
    private static ReasonCount? LackedBy(TestCluster cluster, GangSpec gang)
    {
        cluster.PlaceGang(gang, wait: true);
        var explained = (Explanation)cluster.Do(new ExplainCommand { Gang = gang.Id }).Detail!;
        return explained.Reasons.Where(reason => reason.Code == ReasonCode.TooFewNodes).Select(reason => (ReasonCount?)reason).SingleOrDefault();
    }

    private static GangSpec Apart(GangSpec gang) => gang with { Roles = [gang.Roles[0] with { Apart = 1 }] };

    private List<string> NodesOf(GangSpec gang) => [.. Assert.IsType<GangPlacement>(_cluster.PlaceGang(gang).Detail).Seats.Select(seat => seat.Node)];
}
