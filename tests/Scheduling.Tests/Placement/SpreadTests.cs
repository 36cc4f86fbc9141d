using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Placement;

/// <summary>Replicas of a service: on enough nodes, in different leaf domains, and then packed.</summary>
public class SpreadTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void Replicas_go_to_as_many_nodes_and_leaves_as_the_policy_says_and_are_packed_from_then_on()
    {
        _cluster.AddFabric(1, 4, 2);
        Assert.Equal(["s0-l0-n0", "s0-l1-n0", "s0-l2-n0"], Place(1, 2, 3));
        Assert.Equal(["s0-l0-n0", "s0-l0-n0"], Place(4, 5));
    }

    [Fact]
    public void When_replicas_have_left_the_next_ones_are_spread_again()
    {
        _cluster.AddFabric(1, 4, 2);
        Place(1, 2, 3, 4);
        _cluster.Release(2);
        Assert.Equal(["s0-l1-n0"], Place(5));
        _cluster.Release(1);
        _cluster.Release(4);
        Assert.Equal(["s0-l0-n0", "s0-l0-n0"], Place(6, 7));
    }

    [Fact]
    public void Without_another_leaf_it_is_another_node_and_without_that_the_same_one()
    {
        _cluster.AddFabric(1, 1, 2);
        Assert.Equal(["s0-l0-n0", "s0-l0-n1", "s0-l0-n0"], Place(1, 2, 3));
    }

    [Fact]
    public void One_service_is_not_spread_because_of_another()
    {
        _cluster.AddFabric(1, 4, 2);
        Place(1);
        Assert.Equal("s0-l0-n0", _cluster.Place(9, new WorkloadTraits { Service = 8 }).NodeName);
    }

    /// <summary>The search is told single nodes to avoid only up to some number of them.</summary>
    [Fact]
    public void A_leaf_is_avoided_however_large_it_is()
    {
        var names = Enumerable.Range(0, 600).Select(node => $"n{node:000}").ToArray();
        foreach (var name in names)
            _cluster.AddNode(name);
        _cluster.Do(new SetTopologyCommand { Domains = [new DomainDefinition("l0", 0, [.. names[..590]], []), new DomainDefinition("l1", 0, [.. names[590..]], [])] });
        Assert.Equal(["n000", "n590", "n001"], Place(1, 2, 3));
        _cluster.Release(2);
        // Only those that will do.
        var candidates = new NodeSet();
        candidates.Add(3);
        candidates.Add(595);
        Assert.Equal("n595", _cluster.Do(new PlaceCommand { Workload = 4, GpuCount = 1, Traits = new WorkloadTraits { Service = 7 }, Candidates = candidates }).NodeName);
    }

    [Fact]
    public void Every_replica_is_where_looking_at_every_node_says()
        => Seeded.ForAll(random =>
        {
            var cluster = new TestCluster();
            var leaves = Enumerable.Range(0, random.Next(1, 6))
                .Select(leaf => new DomainDefinition($"l{leaf}", 0, [.. Enumerable.Range(0, random.Next(1, 5)).Select(node => $"l{leaf}-n{node}")], [])).ToList();
            foreach (var name in leaves.SelectMany(leaf => leaf.Nodes).Concat(["alone-1", "alone-2"]).OrderBy(_ => random.Next()))
                cluster.AddNode(name, gpus: random.Next(1, 9));
            cluster.Do(new SetTopologyCommand { Domains = leaves });
            cluster.SetPolicy(new SchedulingPolicy { Spread = new SpreadRules(random.Next(1, 5)) });
            for (ulong id = 1; id <= 40; id++)
            {
                if (random.Next(3) == 0)
                    cluster.Release((ulong)random.Next(1, (int)id));
                var place = new PlaceCommand
                {
                    Workload = id,
                    Name = "test/w",
                    GpuCount = random.Next(1, 4),
                    Traits = new WorkloadTraits { Service = (ulong)random.Next(3) },
                };
                var expected = Naive(cluster, place);
                var reply = cluster.Do(place);
                Assert.Equal(expected, (reply.Node, reply.GpuMask));
            }
        });

    private static (int Node, uint Gpus) Naive(TestCluster cluster, PlaceCommand place)
    {
        var (snapshot, nodes) = (cluster.Snapshot(), cluster.State.Nodes);
        var used = snapshot.Workloads().Where(workload => place.Traits.Service != 0 && workload.Traits.Service == place.Traits.Service).Select(workload => workload.Node).ToHashSet();
        var leaves = used.Select(nodes.DomainOf).Where(leaf => leaf != TopologyTree.Root).ToHashSet();
        // Each takes less for granted than the one before.
        Func<int, bool>[] wishes = used.Count == 0 || used.Count >= snapshot.Policy.Spread.MinNodes
            ? [_ => true] : [node => !used.Contains(node) && !leaves.Contains(nodes.DomainOf(node)), node => !used.Contains(node), _ => true];
        foreach (var wish in wishes)
        {
            var candidates = new NodeSet();
            foreach (var node in snapshot.Nodes().Where(node => wish(node.Index)))
                candidates.Add(node.Index);
            if (NaivePlacer.Place(snapshot, new PlaceCommand { GpuCount = place.GpuCount, Candidates = candidates }, nodes.Mix.Copy()) is { Node: >= 0 } found)
                return found;
        }
        return (-1, 0);
    }

    private IEnumerable<string?> Place(params ulong[] replicas)
        => [.. replicas.Select(replica => _cluster.Place(replica, new WorkloadTraits { Service = 7 }).NodeName)];
}
