using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Gangs;

/// <summary>Against every choice of members and of their nodes: a gang starts when any of enough of its members would run.</summary>
public class FewestMembersTests
{
    private const int Nodes = 3;
    private const int Most = 5;

    [Fact]
    public void A_gang_starts_exactly_when_enough_of_its_members_have_nodes_and_quota()
        => Seeded.ForAll(random =>
        {
            var (cluster, gang, free, quota) = World(random, (_, _) => { });
            var before = cluster.Snapshot().ImageHash();
            var can = CanStart(gang, free, quota);
            var job = new PendingJob(0, gang.Id, gang.Name, gang.Traits, gang.Roles[0].Shape, gang, false, "", cluster.Now);
            Assert.Equal(can, EarliestStart.Of(cluster.State, job, cluster.Now) is { Known: true } start && start.At <= cluster.Now);
            var reply = cluster.PlaceGang(gang);
            Assert.Equal(can, reply.Outcome == Outcome.Done);
            if (!can)
                Assert.Equal(before, cluster.Snapshot().ImageHash());
            Assert.False(reply.Outcome == Outcome.OverQuota && CanStart(gang, [8 * Most], quota));
            Recount.Check(cluster);
        }, 500);

    /// <summary>Spot everywhere on the nodes: whoever may be evicted is as good as gone.</summary>
    [Fact]
    public void It_evicts_for_enough_of_its_members_exactly_when_they_have_quota_and_nodes_that_can_be_cleared()
        => Seeded.ForAll(random =>
        {
            var (cluster, gang, free, quota) = World(random, (world, nodes) =>
            {
                for (var node = 0; node < Nodes; node++)
                {
                    for (var gpu = 8 - nodes[node]; gpu < 8; gpu++)
                        world.Do(Spot((ulong)(100 + node * 8 + gpu), $"s0-l0-n{node}", 1u << gpu));
                }
            });
            var reply = cluster.Do(new PlaceGangCommand { Gang = gang, MayPreempt = true });
            Assert.Equal(CanStart(gang, free, quota), reply.Outcome == Outcome.Done);
            Recount.Check(cluster);
        }, 300);

    private static BindCommand Spot(ulong id, string node, uint gpu)
        => new() { Workload = id, Name = "test/spot", Node = node, GpuMask = gpu, GpuMilli = 1000, Traits = new WorkloadTraits { Provisioning = Provisioning.Spot } };

    private static (TestCluster Cluster, GangSpec Gang, int[] Free, int Quota) World(Random random, Action<TestCluster, int[]> fill)
    {
        var cluster = new TestCluster();
        cluster.AddFabric(1, 1, Nodes);
        var (free, quota) = (new int[Nodes], random.Next(0, 20));
        for (var node = 0; node < Nodes; node++)
        {
            free[node] = random.Next(0, 9);
            if (free[node] < 8)
                cluster.Bind(1 + (ulong)node, $"s0-l0-n{node}", (1u << (8 - free[node])) - 1);
        }
        cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", onDemand: quota)));
        fill(cluster, free);
        var roles = ImmutableArray.CreateBuilder<GangRole>();
        for (int left = Most, count; left > 0; left -= count)
        {
            count = random.Next(1, left + 1);
            roles.Add(new GangRole($"r{left}", new Shape(1 << random.Next(4), 1000, 1000, 1000, GroupSet.Any), Tenants.Members(1_000 * (ulong)left, count), 0, 0));
        }
        var gang = Tenants.Gang(1, 1, topology: (TopologyMode)random.Next(3), min: random.Next(1, Most + 1), traits: new WorkloadTraits { Project = cluster.ProjectIndex("p") });
        return (cluster, gang with { Roles = roles.ToImmutable() }, free, quota);
    }

    private static bool CanStart(GangSpec gang, int[] free, int quota)
        => Seats([.. gang.Roles.SelectMany(role => role.Members.Select(_ => role.Shape.GpuCount))], 0, [.. free], quota) >= gang.Needed;

    private static int Seats(int[] members, int next, int[] free, int quota)
    {
        if (next == members.Length)
            return 0;
        var (best, gpus) = (Seats(members, next + 1, free, quota), members[next]);
        for (var node = 0; node < free.Length; node++)
        {
            if (free[node] < gpus || quota < gpus)
                continue;
            free[node] -= gpus;
            best = Math.Max(best, 1 + Seats(members, next + 1, free, quota - gpus));
            free[node] += gpus;
        }
        return best;
    }
}
