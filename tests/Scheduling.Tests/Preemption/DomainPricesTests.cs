using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Preemption;

public class DomainPricesTests
{
    // In two blocks with reference times of their own.
    private const int MostNodes = ReferenceTimes.Together + 50;
    private const int Buckets = 256;

    [Fact]
    public void Eight_at_a_time_and_kept_up_to_date_they_are_what_one_node_at_a_time_gives()
        => Seeded.ForAll(random =>
        {
            var (cluster, longest) = (new TestCluster { Now = 1_700_000_000_000 }, 1 << random.Next(1, 30));
            for (var node = 0; node < MostNodes; node++)
                Upsert(cluster, random, longest, node);
            for (var round = 0; round < 4; round++)
            {
                cluster.Do(new SetTopologyCommand { Domains = [.. Domains(random)] });
                for (var look = 0; look < 4; look++)
                {
                    cluster.Now += random.Next(2_000) * 1000L;
                    for (var change = random.Next(4); change > 0; change--)
                        ChangeNode(cluster, random, longest);
                    Look(cluster.State, random, cluster.Now);
                }
            }
        }, 60);

    private static void Look(ClusterState state, Random random, long now)
    {
        var by = new Preemptor(UsageKind.Reserved, false, -1, now, false, ForGang: true);
        var shape = new Shape(random.Next(1, 5), NodeTable.WholeGpu, 0, 0, GroupSet.Any);
        var group = random.Next(-1, state.Nodes.Groups.Length);
        var column = state.Preemption.Index.For(state, by, shape, out var moment);
        var prices = state.Preemption.Prices;
        var candidates = random.Next(2) == 0 ? null : SomeOf(state, random);
        prices.Begin(state, by, shape, group, candidates);
        for (var domain = 0; domain < state.Nodes.Topology.Count; domain++)
        {
            var members = random.Next(1, 2 + random.Next(1, 40));
            var nodes = state.Nodes.NodesIn(domain).ToArray()
                .Where(node => candidates?.Contains(node) != false && column.At(node, moment) != ImpactColumn.NoWay && (group < 0 || state.Nodes.GroupIndexOf(node) == group))
                .Select(node => (Cost: column.At(node, moment), Places: BitOperations.PopCount(state.Nodes.HealthyGpus(node)) / shape.GpuCount))
                .Where(node => node.Places > 0).ToList();
            Assert.Equal(nodes.Sum(node => node.Places) < members ? -1 : CheapestSum(nodes, members), prices.Of(domain, members));
        }
    }

    private static NodeSet SomeOf(ClusterState state, Random random)
    {
        var some = new NodeSet();
        for (var node = 0; node < state.Nodes.End; node++)
        {
            if (random.Next(3) > 0)
                some.Add(node);
        }
        return some;
    }

    private static long CheapestSum(List<(int Cost, int Places)> nodes, int members)
    {
        var (low, high, sum) = (nodes.Min(node => node.Cost), nodes.Max(node => node.Cost), 0L);
        var width = Math.Max(0, 1 + BitOperations.Log2((uint)(high - low) | 1) - BitOperations.Log2(Buckets));
        foreach (var bucket in nodes.GroupBy(node => (node.Cost - low) >> width).OrderBy(bucket => bucket.Key))
        {
            var (places, cost) = (bucket.Sum(node => node.Places), bucket.Sum(node => (long)node.Cost * node.Places));
            if (places >= members)
                return Math.Max(0, sum + (places == members ? cost : cost / places * members));
            (sum, members) = (sum + cost, members - places);
        }
        throw new InvalidOperationException("There are fewer places than members.");
    }

    private static void ChangeNode(TestCluster cluster, Random random, int longest)
    {
        var node = random.Next(MostNodes);
        if (random.Next(12) == 0)
            cluster.Do(new RemoveNodeCommand { Name = $"n{node}" });
        else
            Upsert(cluster, random, longest, node);
    }

    /// <summary>The node comes, fails, or changes its machine group, and others run on it.</summary>
    private static void Upsert(TestCluster cluster, Random random, int longest, int node)
    {
        cluster.Do(new UpsertNodeCommand
        {
            Name = $"n{node}",
            GpuCount = random.Next(1, 9),
            CpuMilli = 64_000,
            MemoryMib = 64_000,
            Group = random.Next(2) == 0 ? "a" : "b",
            Reachable = random.Next(8) > 0,
        });
        for (var gpu = 0; gpu < 8; gpu++)
        {
            var workload = (ulong)(node * 8 + gpu + 1);
            cluster.Do(new ReleaseCommand { Workload = workload });
            if (random.Next(4) == 0)
                continue;
            cluster.Do(new BindCommand
            {
                Workload = workload,
                Name = "test/w",
                Node = $"n{node}",
                GpuMask = 1u << gpu,
                GpuMilli = NodeTable.WholeGpu,
                Traits = new WorkloadTraits { Provisioning = Provisioning.Spot, RestartSeconds = random.Next(longest) },
            });
        }
    }

    private static IEnumerable<DomainDefinition> Domains(Random random)
    {
        var leaves = Enumerable.Range(0, MostNodes).Where(_ => random.Next(10) > 0).GroupBy(_ => random.Next(8)).ToList();
        foreach (var leaf in leaves)
            yield return new DomainDefinition($"leaf{leaf.Key}", 0, [.. leaf.Select(node => $"n{node}")], []);
        foreach (var spine in leaves.GroupBy(leaf => leaf.Key % 3))
            yield return new DomainDefinition($"spine{spine.Key}", 1, [], [.. spine.Select(leaf => $"leaf{leaf.Key}")]);
    }
}
