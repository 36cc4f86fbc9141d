using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>Policies, gangs and topologies in few words.</summary>
internal static class Tenants
{
    public static SchedulingPolicy PolicyOf(params Project[] projects)
        => new() { Projects = [.. projects.OrderBy(project => project.Name, StringComparer.Ordinal)] };

    /// <summary>A project with one quota for every group, in whole GPUs.</summary>
    public static Project Project(string name, long reserved = 0, long onDemand = 0, long spot = -1, bool urgent = false)
        => new(name, "ws", urgent, [new Quota(Quota.AnyGroup, reserved * 1000, onDemand < 0 ? -1 : onDemand * 1000, spot < 0 ? -1 : spot * 1000)]);

    public static Reply SetPolicy(this TestCluster cluster, SchedulingPolicy policy) => cluster.Do(new SetSchedulingPolicyCommand { Policy = policy });

    public static int ProjectIndex(this TestCluster cluster, string name) => cluster.State.Tenancy.TryFind(name, out var index) ? index : -1;

    public static Reply Place(this TestCluster cluster, ulong id, WorkloadTraits traits, int gpus = 1, bool wait = false)
        => cluster.Do(new PlaceCommand
        {
            Workload = id,
            Name = $"test/w{id}",
            GpuCount = gpus,
            CpuMilli = 1000,
            MemoryMib = 1000,
            Traits = traits,
            Wait = wait,
        });

    /// <summary>Jobs that a cycle has placed.</summary>
    public static int Placed(this Reply reply) => ((CycleResult)reply.Detail!).Placed;

    public static Reply Schedule(this TestCluster cluster, int most = 1024) => cluster.Do(new ScheduleCommand { MaxPlacements = most });

    public static GangSpec Gang(
        ulong id, int members, int gpus = 8, int min = 0, TopologyMode topology = TopologyMode.None, int tier = 0, WorkloadTraits? traits = null,
        int subgroup = 0, int subgroupTier = 0, ulong firstMember = 0)
        => new(id, $"test/g{id}", traits ?? new WorkloadTraits(), min, topology, tier,
            [new GangRole("worker", new Shape(gpus, 1000, 1000, 1000, GroupSet.Any), Members(firstMember == 0 ? id * 1000 : firstMember, members), subgroup, subgroupTier)]);

    public static ImmutableArray<ulong> Members(ulong first, int count) => [.. Enumerable.Range(0, count).Select(i => first + (ulong)i)];

    public static Reply PlaceGang(this TestCluster cluster, GangSpec gang, bool wait = false)
        => cluster.Do(new PlaceGangCommand { Gang = gang, Wait = wait });

    /// <summary>Leaves of equal size under spines of equal size: tier 0 and tier 1.</summary>
    public static void AddFabric(this TestCluster cluster, int spines, int leavesPerSpine, int nodesPerLeaf)
    {
        var domains = new List<DomainDefinition>();
        for (var spine = 0; spine < spines; spine++)
        {
            var leaves = new List<string>();
            for (var leaf = 0; leaf < leavesPerSpine; leaf++)
            {
                var name = $"s{spine}-l{leaf}";
                leaves.Add(name);
                var nodes = Enumerable.Range(0, nodesPerLeaf).Select(node => $"{name}-n{node}").ToImmutableArray();
                foreach (var node in nodes)
                    cluster.AddNode(node);
                domains.Add(new DomainDefinition(name, 0, nodes, []));
            }
            domains.Add(new DomainDefinition($"s{spine}", 1, [], [.. leaves]));
        }
        Assert.Equal(Outcome.Done, cluster.Do(new SetTopologyCommand { Domains = domains }).Outcome);
    }

    /// <summary>Two spines of two leaves, on whose nodes some GPUs are used, wholly or in part, and some take few workloads or none.</summary>
    public static TestCluster FabricInUse(Random random)
    {
        var cluster = new TestCluster();
        cluster.AddFabric(2, 2, random.Next(1, 4));
        var id = 100_000UL;
        foreach (var node in cluster.Snapshot().Nodes().ToList())
        {
            var used = random.Next(0, 9);
            if (used > 0)
                cluster.Bind(id++, node.Name, mask: (1u << used) - 1, milli: random.Next(2) == 0 ? 1000 : 600);
            if (random.Next(3) == 0)
                cluster.AddNode(node.Name, maxWorkloads: random.Next(6));
        }
        return cluster;
    }
}
