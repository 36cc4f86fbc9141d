using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Gangs;

public class GangPropertyTests
{
    /// <summary>Against looking at every domain: a uniform gang fits exactly when some domain of the allowed tiers has the places.</summary>
    [Fact]
    public void A_hard_gang_is_placed_exactly_when_a_domain_can_hold_it_and_then_in_the_lowest_tier_that_can()
        => Seeded.ForAll(random =>
        {
            var cluster = Tenants.FabricInUse(random);
            var (members, gpus, tier) = (random.Next(1, 9), 1 << random.Next(4), random.Next(2));
            var free = cluster.Snapshot().Nodes().ToDictionary(node => node.Name, node => Places(node, gpus));
            var leaves = free.GroupBy(pair => pair.Key[..5]).ToDictionary(g => g.Key, g => g.Sum(pair => pair.Value));
            var spines = free.GroupBy(pair => pair.Key[..2]).ToDictionary(g => g.Key, g => g.Sum(pair => pair.Value));
            // Which of several is the tightest goes by their GPUs alone.
            var capacities = cluster.Snapshot().Nodes().GroupBy(node => node.Name[..5])
                .ToDictionary(g => g.Key, g => g.Sum(node => Places(node, gpus) > 0 ? node.FreeGpuCount / gpus : 0));
            var reply = cluster.PlaceGang(Tenants.Gang(1, members, gpus, topology: TopologyMode.Hard, tier: tier));
            var inLeaf = leaves.Values.Any(places => places >= members);
            Assert.Equal(inLeaf || (tier == 1 && spines.Values.Any(places => places >= members)), reply.Outcome == Outcome.Done);
            if (reply.Detail is not GangPlacement placement)
                return;
            var domains = placement.Seats.Select(seat => seat.Node[..(inLeaf ? 5 : 2)]).Distinct().ToList();
            Assert.Single(domains);
            if (inLeaf)
                Assert.Equal(leaves.Where(leaf => leaf.Value >= members).Min(leaf => capacities[leaf.Key]), capacities[domains[0]]);
            Assert.All(cluster.Snapshot().Nodes(), node => Assert.True(node.WorkloadCount <= Math.Max(1, node.MaxWorkloads)));
            Recount.Check(cluster);
        }, 150);

    [Fact]
    public void What_a_gang_leaves_behind_when_it_does_not_fit_is_nothing_at_all()
        => Seeded.ForAll(random =>
        {
            var cluster = Tenants.FabricInUse(random);
            var before = cluster.Snapshot().ImageHash();
            var gang = Tenants.Gang(1, random.Next(4, 40), 1 << random.Next(4), topology: (TopologyMode)random.Next(3), tier: random.Next(2), subgroup: random.Next(2));
            if (cluster.PlaceGang(gang).Outcome == Outcome.Done)
                return;
            Assert.Equal(before, cluster.Snapshot().ImageHash());
        }, 150);

    [Fact]
    public void Members_of_a_role_with_candidates_go_nowhere_else_and_a_gang_that_cannot_leaves_nothing()
        => Seeded.ForAll(random =>
        {
            var cluster = Tenants.FabricInUse(random);
            var candidates = new NodeSet();
            foreach (var node in cluster.Snapshot().Nodes().Where(_ => random.Next(3) > 0))
                candidates.Add(node.Index);
            var gang = Tenants.Gang(1, random.Next(1, 9), 1 << random.Next(4), topology: (TopologyMode)random.Next(3), tier: random.Next(2), subgroup: random.Next(2));
            var free = new GangRole("free", new Shape(0, 1000, 0, 0, GroupSet.Any), [5_000, 5_001], 0, 0);
            gang = gang with { Roles = [.. gang.Roles, free] };
            var (before, room) = (cluster.Snapshot(), cluster.Snapshot().Nodes().Where(n => candidates.Contains(n.Index)).Sum(n => Places(n, gang.Roles[0].Shape.GpuCount)));
            var all = before.Nodes().Sum(node => Math.Min(gang.Members, Left(node)));
            var reply = cluster.Do(new PlaceGangCommand { Gang = gang, Candidates = new RoleCandidates(0, candidates) });
            if (reply.Detail is not GangPlacement placement)
            {
                Assert.Equal(before.ImageHash(), cluster.Snapshot().ImageHash());
                Assert.True(gang.Topology == TopologyMode.Hard || gang.Roles[0].SubgroupSize > 0 || room < gang.Roles[0].Members.Length || all < gang.Members);
                return;
            }
            Assert.Equal(gang.Members, placement.Seats.Length);
            Assert.All(placement.Seats.Where(seat => seat.Workload < 5_000), seat => Assert.True(candidates.Contains(seat.NodeIndex)));
            Recount.Check(cluster);
        }, 150);

    private static int Places(NodeView node, int gpus) => Math.Min(node.FreeGpuCount / gpus, Left(node));

    private static int Left(NodeView node) => Math.Max(0, node.MaxWorkloads - node.WorkloadCount);
}
