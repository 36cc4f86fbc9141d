using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Gangs;

/// <summary>More leaves than are tried, all alike by their free GPUs; a hard gang fits on one of the last only.</summary>
public class ManyLeavesTests
{
    private const int Leaves = 3 * DomainTries.MaxTries;
    private const int NodesPerLeaf = 2;
    private const int Cpu = 1_000;

    private readonly TestCluster _cluster = new();
    private ulong _next = 1_000_000;

    public ManyLeavesTests()
    {
        var domains = new List<DomainDefinition>();
        for (var leaf = 0; leaf < Leaves; leaf++)
        {
            for (var node = 0; node < NodesPerLeaf; node++)
                _cluster.AddNode(NodeName(leaf, node), gpus: 2, cpu: Cpu);
            domains.Add(new DomainDefinition($"leaf-{leaf}", 0, [NodeName(leaf, 0), NodeName(leaf, 1)], []));
        }
        Assert.Equal(Outcome.Done, _cluster.Do(new SetTopologyCommand { Domains = domains }).Outcome);
    }

    public static TheoryData<int> Fitting => [0, 1, DomainTries.MaxTries - 1, DomainTries.MaxTries, Leaves - 2, Leaves - 1];

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Nodes_that_are_named(int fitting)
        => AssertPlaced(fitting, Gang(2, 1000), NodesOf(fitting));

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Shares(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 3, milli: leaf == fitting ? 400 : 700));
        AssertPlaced(fitting, Gang(1, 500));
    }

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Cpu_left(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 0, cpu: leaf == fitting ? 1 : Cpu));
        AssertPlaced(fitting, Gang(2, 1000));
    }

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Shares_when_others_have_to_go(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 3, milli: 700, of: leaf == fitting ? Provisioning.Spot : Provisioning.Reserved));
        AssertPlaced(fitting, Gang(1, 500), mayPreempt: true);
    }

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Cpu_when_others_have_to_go(int fitting)
    {
        ForEveryNode((leaf, node) =>
        {
            Bind(leaf, node, mask: 3);
            Bind(leaf, node, mask: 0, cpu: Cpu, of: leaf == fitting ? Provisioning.Spot : Provisioning.Reserved);
        });
        AssertPlaced(fitting, Gang(2, 1000), mayPreempt: true);
    }

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Named_nodes_when_others_have_to_go(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 3));
        AssertPlaced(fitting, Gang(2, 1000), NodesOf(fitting), mayPreempt: true);
    }

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Shares_on_named_nodes_when_others_have_to_go(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 3, milli: 700));
        AssertPlaced(fitting, Gang(1, 500), NodesOf(fitting), mayPreempt: true);
    }

    /// <summary>Two roles, for which together there is room on every leaf, but on its first node, which alone is named, for one of them only.</summary>
    [Theory]
    [MemberData(nameof(Fitting))]
    public void Shares_of_two_roles_on_named_nodes_when_others_have_to_go(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 3, milli: 700));
        var gang = Gang(1, 500);
        GangRole Role(string name, ulong first) => gang.Roles[0] with { Name = name, Members = Tenants.Members(first, 4) };
        var named = Selections.Of(1, [.. Enumerable.Range(0, Leaves).Select(leaf => NodeIndex(leaf, 0)), NodeIndex(fitting, 1)]);
        AssertPlaced(fitting, gang with { Roles = [Role("one", 1), Role("other", 11)] }, named, mayPreempt: true);
    }

    [Fact]
    public void Sub_groups_on_named_nodes_when_others_have_to_go()
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 3));
        AssertGrouped([Leaves - 5, Leaves - 3], mayPreempt: true, NodesOf(Leaves - 5, Leaves - 3));
    }

    /// <summary>Two sub-groups, for which there is room by GPUs on every leaf, and by CPU on the fitting one and the last but two.</summary>
    [Theory]
    [MemberData(nameof(Fitting))]
    public void Sub_groups(int fitting)
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 0, cpu: leaf == fitting || leaf == Leaves - 3 ? 1 : node == 0 ? Cpu : 1));
        AssertGrouped([fitting, Leaves - 3], mayPreempt: false);
    }

    [Theory]
    [MemberData(nameof(Fitting))]
    public void Sub_groups_when_others_have_to_go(int fitting)
    {
        ForEveryNode((leaf, node) =>
        {
            Bind(leaf, node, mask: 3);
            Bind(leaf, node, mask: 0, cpu: Cpu - 1, of: leaf == fitting || leaf == Leaves - 3 ? Provisioning.Spot : Provisioning.Reserved);
        });
        AssertGrouped([fitting, Leaves - 3], mayPreempt: true);
    }

    [Fact]
    public void Sub_groups_for_which_there_is_no_room_are_looked_for_within_bounds()
    {
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 0, cpu: node == 0 ? Cpu : 1));
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Grouped()).Outcome);
        Assert.Equal(GangTry.MaxInVain, _cluster.State.Gangs.TriedInVain);
    }

    [Fact]
    public void A_wider_tier_is_tried_when_all_of_a_lower_one_are_in_vain()
    {
        var leaves = _cluster.State.Nodes.Topology.Definitions;
        _cluster.Do(new SetTopologyCommand { Domains = [.. leaves, new DomainDefinition("spine", 1, [], [.. leaves.Select(leaf => leaf.Name)])] });
        ForEveryNode((leaf, node) => Bind(leaf, node, mask: 0, cpu: node == 0 ? 1 : Cpu));
        Assert.Equal(Outcome.NoFit, _cluster.PlaceGang(Gang(2, 1000)).Outcome);
        Assert.Equal(Outcome.Done, _cluster.PlaceGang(Gang(2, 1000) with { HighestTier = 1 }).Outcome);
    }

    private static string NodeName(int leaf, int node) => $"n-{leaf}-{node}";

    private static int NodeIndex(int leaf, int node) => leaf * NodesPerLeaf + node;

    private static NodeSelection NodesOf(params int[] leaves) => Selections.Of(1, [.. leaves.SelectMany(leaf => Enumerable.Range(NodeIndex(leaf, 0), NodesPerLeaf))]);

    private static GangSpec Gang(int gpus, int milli) => new(
        1, "test/gang", new WorkloadTraits { Provisioning = Provisioning.Reserved }, 0, TopologyMode.Hard, 0,
        [new GangRole("worker", new Shape(gpus, milli, 10, 0, GroupSet.Any), Tenants.Members(1, NodesPerLeaf), 0, 0)]);

    private static GangSpec Grouped()
    {
        var gang = Gang(2, 1000);
        return gang with { Topology = TopologyMode.None, Roles = [gang.Roles[0] with { Members = Tenants.Members(1, 2 * NodesPerLeaf), SubgroupSize = NodesPerLeaf }] };
    }

    private static void ForEveryNode(Action<int, int> action)
    {
        for (var leaf = 0; leaf < Leaves; leaf++)
        {
            for (var node = 0; node < NodesPerLeaf; node++)
                action(leaf, node);
        }
    }

    private void Bind(int leaf, int node, uint mask, int milli = 1000, int cpu = 1, Provisioning of = Provisioning.Spot)
        => Assert.Equal(Outcome.Done, _cluster.Do(new BindCommand
        {
            Workload = _next++,
            Name = "test/other",
            Node = NodeName(leaf, node),
            GpuMask = mask,
            GpuMilli = milli,
            CpuMilli = cpu,
            Traits = new WorkloadTraits { Provisioning = of },
        }).Outcome);

    private void AssertPlaced(int leaf, GangSpec gang, NodeSelection? selection = null, bool mayPreempt = false)
    {
        var reply = _cluster.Do(new PlaceGangCommand { Gang = gang, Selection = selection, MayPreempt = mayPreempt });
        Assert.Equal(Outcome.Done, reply.Outcome);
        Assert.All(((GangPlacement)reply.Detail!).Seats, seat => Assert.Equal(leaf, seat.NodeIndex / NodesPerLeaf));
    }

    private void AssertGrouped(int[] leaves, bool mayPreempt, NodeSelection? selection = null)
    {
        var reply = _cluster.Do(new PlaceGangCommand { Gang = Grouped(), Selection = selection, MayPreempt = mayPreempt });
        Assert.Equal(Outcome.Done, reply.Outcome);
        var seats = ((GangPlacement)reply.Detail!).Seats.OrderBy(seat => seat.Workload).Select(seat => seat.NodeIndex / NodesPerLeaf).Chunk(NodesPerLeaf).ToList();
        Assert.All(seats, subgroup => Assert.Single(subgroup.Distinct()));
        Assert.Equal(leaves.Order(), seats.Select(subgroup => subgroup[0]).Order());
    }
}
