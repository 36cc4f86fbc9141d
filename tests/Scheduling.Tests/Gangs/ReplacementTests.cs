using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Gangs;

public class ReplacementTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_member_on_a_node_that_falls_sick_is_offered_a_node_of_the_same_leaf_first()
    {
        _cluster.AddFabric(1, 2, 3);
        var gang = Placed(Tenants.Gang(1, 2, topology: TopologyMode.Hard, tier: 1));
        var leaf = gang.Seats[0].Node[..5];
        var spare = Enumerable.Range(0, 3).Select(node => $"{leaf}-n{node}").Except(gang.Seats.Select(seat => seat.Node)).Single();
        var offer = Assert.Single(Offers(gang.Seats[0].Node));
        Assert.Equal((1UL, gang.Seats[0].Workload, spare), (offer.Gang, offer.Workload, offer.Replacement));
        // With the spare one taken, the next leaf is as near as it gets.
        _cluster.Bind(900, spare, mask: 0xFF);
        Assert.NotEqual(leaf, Assert.Single(Offers(gang.Seats[0].Node)).Replacement[..5]);
    }

    [Fact]
    public void A_member_without_GPUs_is_offered_a_node_of_any_machine_group_that_its_role_accepts()
    {
        _cluster.AddNode("g0");
        _cluster.AddNode("c0", gpus: 0, group: "cpu");
        _cluster.AddNode("x0", gpus: 0, group: "other");
        var accepted = GroupSet.Of(0).With(1);
        var gang = Tenants.Gang(1, 1);
        var launcher = new GangRole("launcher", new Shape(0, 1000, 1000, 1000, accepted), [2], 0, 0);
        _cluster.Do(new PlaceGangCommand { Gang = gang with { Roles = gang.Roles.Add(launcher) }, Candidates = new RoleCandidates(1, Selections.Of(1, 1).Nodes!) });
        Assert.Equal("g0", Assert.Single(Offers("c0")).Replacement);
    }

    [Theory]
    [InlineData(TopologyMode.None, "n2")]
    [InlineData(TopologyMode.Hard, "n3")]
    public void A_member_that_may_not_share_a_node_with_its_mates_is_offered_none_of_theirs(TopologyMode topology, string offered)
    {
        foreach (var node in (string[])["n0", "n1", "n2", "n3"])
            _cluster.AddNode(node);
        if (topology == TopologyMode.Hard)
            _cluster.Do(new SetTopologyCommand { Domains = [new("leaf", 0, ["n0", "n1", "n3"], [])] });
        var gang = Tenants.Gang(1, 2, gpus: 1, topology: topology);
        gang = gang with { Roles = [gang.Roles[0] with { Apart = 1 }] };
        Assert.Equal(["n0", "n1"], Placed(gang).Seats.Select(seat => seat.Node).Order());

        Assert.Equal(offered, Assert.Single(Offers("n0")).Replacement);
        _cluster.AddNode("n2", cordoned: true);
        _cluster.AddNode("n3", cordoned: true);
        Assert.Empty(Offers("n0"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_of_a_gang_that_may_mix_is_offered_a_node_of_any_machine_group_that_its_role_accepts(bool mix)
    {
        _cluster.SetPolicy(SchedulingPolicy.Open with { Gangs = new GangRules(mix) });
        foreach (var group in (string[])["a", "b", "c"])
            _cluster.AddNode($"{group}1", group: group);
        var gang = Tenants.Gang(1, 1);
        var seat = Assert.Single(Placed(gang with { Roles = [gang.Roles[0] with { Shape = gang.Roles[0].Shape with { Groups = GroupSet.Of(0).With(1) } }] }).Seats);
        Assert.Equal(mix ? [seat.Node == "a1" ? "b1" : "a1"] : [], Offers(seat.Node).Select(offer => offer.Replacement));
    }

    [Theory]
    [InlineData(2, 1000)]
    [InlineData(1, 400)]
    [InlineData(0, 0)]
    public void A_cluster_without_room_is_not_walked_through_for_it(int gpus, int milli)
    {
        var member = new Shape(gpus, milli, 1000, 1000, GroupSet.Any);
        var (few, many) = (BytesToOfferNothing(4, member), BytesToOfferNothing(400, member));
        Assert.InRange(many, 0, few + 100);
    }

    /// <summary>Against a look at every node.</summary>
    [Fact]
    public void A_member_is_offered_the_fullest_node_that_has_room_of_the_nearest_domain_that_has_one()
        => Seeded.ForAll(random =>
        {
            var cluster = Tenants.FabricInUse(random);
            var shape = random.Next(3) == 0 ? new Shape(1, 300, 1000, 1000, GroupSet.Any) : new Shape(1 << random.Next(4), 1000, 1000, 1000, GroupSet.Any);
            var gang = Tenants.Gang(1, random.Next(1, 9), min: 1);
            if (cluster.PlaceGang(gang with { Roles = [gang.Roles[0] with { Shape = shape }] }).Detail is not GangPlacement placement)
                return;
            var sick = placement.Seats[random.Next(placement.Seats.Length)].Node;
            var (members, offers) = (placement.Seats.Count(seat => seat.Node == sick), Offers(cluster, sick));
            var next = 900_000UL;
            foreach (var offer in offers)
            {
                var (near, rooms) = Nearest(cluster, sick, shape);
                Assert.Contains(offer.Replacement, rooms.Select(node => node.Name));
                // In the whole cluster it is the one that a placement takes, which goes by more than free GPUs.
                if (near.Length > 0)
                    Assert.Equal(rooms.Min(node => node.FreeGpuCount), cluster.Node(offer.Replacement).FreeGpuCount);
                // Which GPU a share would open is not foreseen.
                if (shape.IsShare)
                    return;
                var index = cluster.Node(offer.Replacement).Index;
                cluster.Bind(next++, offer.Replacement, GpuChoice.Of(cluster.State.Nodes, index, shape));
            }
            Assert.True(offers.Count == members || Nearest(cluster, sick, shape).Rooms.Count == 0);
        });

    /// <summary>The beginning of the names of the nearest domain's nodes, and those that have room; of the whole cluster's when there is no nearer one.</summary>
    private static (string Near, List<NodeView> Rooms) Nearest(TestCluster cluster, string node, Shape shape)
    {
        var rooms = cluster.Snapshot().Nodes().Where(other => HasRoom(other, shape)).ToList();
        var near = new[] { node[..5], node[..2] }.FirstOrDefault(domain => rooms.Exists(other => other.Name.StartsWith(domain, StringComparison.Ordinal)), "");
        return (near, rooms.FindAll(other => other.Name.StartsWith(near, StringComparison.Ordinal)));
    }

    private static bool HasRoom(NodeView node, Shape shape)
        => node.Health == NodeHealth.Healthy && node.WorkloadCount < node.MaxWorkloads
            && (shape.IsShare ? node.GpuUsedMilli.ToArray().Any(used => used + shape.GpuMilli <= 1000) : node.FreeGpuCount >= shape.GpuCount);

    private static long BytesToOfferNothing(int nodesPerLeaf, Shape member)
    {
        var cluster = new TestCluster();
        cluster.AddFabric(2, 2, nodesPerLeaf);
        var gang = Tenants.Gang(1, 1);
        var seat = Assert.Single(((GangPlacement)cluster.PlaceGang(gang with { Roles = [gang.Roles[0] with { Shape = member }] }).Detail!).Seats);
        foreach (var node in cluster.Snapshot().Nodes())
            cluster.AddNode(node.Name, maxWorkloads: 0);
        Replacement.Offer(cluster.State, seat.NodeIndex, cluster.Effects);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Replacement.Offer(cluster.State, seat.NodeIndex, cluster.Effects);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Empty(cluster.Effects.All().OfType<Effect.ReplacementOffered>());
        return bytes;
    }

    /// <summary>The node goes out of scheduling, as it does when it falls sick.</summary>
    private static List<Effect.ReplacementOffered> Offers(TestCluster cluster, string node)
    {
        var view = cluster.Node(node);
        cluster.AddNode(node, view.GpuCount, group: view.Group, cordoned: true);
        cluster.Effects.Clear();
        Replacement.Offer(cluster.State, view.Index, cluster.Effects);
        return [.. cluster.Effects.All().OfType<Effect.ReplacementOffered>()];
    }

    private List<Effect.ReplacementOffered> Offers(string node) => Offers(_cluster, node);

    private GangPlacement Placed(GangSpec gang)
    {
        var reply = _cluster.PlaceGang(gang);
        Assert.Equal(Outcome.Done, reply.Outcome);
        return (GangPlacement)reply.Detail!;
    }
}
