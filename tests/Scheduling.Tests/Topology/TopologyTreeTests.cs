using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

public class TopologyTreeTests
{
    [Fact]
    public void Every_definition_becomes_a_domain_with_its_parent_tier_and_nodes()
        => Seeded.ForAll(random =>
        {
            var definitions = RandomTopology.Definitions(random);
            var tree = RandomTopology.Built(definitions);
            Assert.Equal(definitions.Count + 1, tree.Count);
            foreach (var definition in definitions)
            {
                Assert.True(tree.TryFind(definition.Name, out var domain));
                Assert.Equal((definition.Name, definition.Tier), (tree.NameOf(domain), tree.TierOf(domain)));
                Assert.Equal(tree.TierOf(domain), tree.TierOfLevel(tree.LevelOf(domain)));
                Assert.All(definition.Nodes, node => Assert.Equal(domain, tree.LeafOf(node)));
                var parent = definitions.SingleOrDefault(d => d.Domains.Contains(definition.Name));
                Assert.Equal(parent?.Name ?? "", tree.NameOf(tree.ParentOf(domain)));
            }
            Assert.Equal(TopologyTree.Root, tree.LeafOf("unheard-of"));
        });

    [Fact]
    public void A_domain_and_all_below_it_are_a_range_of_numbers_and_siblings_go_by_name()
        => Seeded.ForAll(random =>
        {
            var tree = RandomTopology.Tree(random);
            for (var domain = 0; domain < tree.Count; domain++)
            {
                var below = Enumerable.Range(0, tree.Count).Where(other => Above(tree, other).Contains(domain)).ToList();
                Assert.Equal(Enumerable.Range(domain, tree.EndOf(domain) - domain), below);
                Assert.All(Enumerable.Range(0, tree.Count), other => Assert.Equal(below.Contains(other), tree.Contains(domain, other)));
                var children = below.Where(other => tree.ParentOf(other) == domain).Select(tree.NameOf).ToList();
                Assert.Equal(children.Order(StringComparer.Ordinal), children);
            }
            Assert.Equal(
                Enumerable.Range(0, tree.Count).OrderBy(tree.TierOf),
                Enumerable.Range(0, tree.LevelCount).SelectMany(level => tree.DomainsOfLevel(level).ToArray()));
        });

    [Fact]
    public void The_order_of_definitions_and_members_does_not_matter()
        => Seeded.ForAll(random =>
        {
            var definitions = RandomTopology.Definitions(random);
            var (tree, other) = (RandomTopology.Built(definitions), RandomTopology.Built(RandomTopology.Shuffled(random, definitions)));
            Assert.Equal(TopologyCodecTests.BytesOf(tree.Definitions), TopologyCodecTests.BytesOf(other.Definitions));
            for (var domain = 0; domain < tree.Count; domain++)
            {
                Assert.Equal(
                    (tree.NameOf(domain), tree.TierOf(domain), tree.ParentOf(domain), tree.EndOf(domain), tree.LevelOf(domain)),
                    (other.NameOf(domain), other.TierOf(domain), other.ParentOf(domain), other.EndOf(domain), other.LevelOf(domain)));
            }
            Assert.All(definitions.SelectMany(d => d.Nodes), node => Assert.Equal(tree.LeafOf(node), other.LeafOf(node)));
        });

    [Fact]
    public void The_lowest_common_domain_is_the_last_that_the_ways_down_share()
        => Seeded.ForAll(random =>
        {
            var tree = RandomTopology.Tree(random);
            var domains = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(tree.Count)).ToArray();
            var shared = domains.Select(domain => Above(tree, domain)).Aggregate((a, b) => [.. a.Intersect(b)]);
            Assert.Equal(shared[0], tree.LowestCommonDomain(domains));
        });

    [Fact]
    public void No_domains_have_no_common_domain()
        => Assert.Throws<ArgumentException>(() => TopologyTree.Flat.LowestCommonDomain([]));

    [Fact]
    public void The_domains_round_a_leaf_come_near_to_far_up_to_a_tier()
        => Seeded.ForAll(random =>
        {
            var tree = RandomTopology.Tree(random);
            var (leaf, maxTier) = (random.Next(tree.Count), random.Next(4) == 0 ? TopologyTree.RootTier : random.Next(12));
            var expected = Above(tree, leaf).Where(domain => tree.TierOf(domain) <= maxTier).ToList();
            var found = new List<int>();
            foreach (var domain in tree.NearToFar(leaf, maxTier))
                found.Add(domain);
            Assert.Equal(expected, found);
            Assert.Equal(expected.Append(-1).Max(domain => (domain < 0 ? -1 : tree.TierOf(domain), domain)).domain, tree.HighestAround(leaf, maxTier));
        });

    [Fact]
    public void Without_definitions_every_node_hangs_under_the_root()
    {
        Assert.Equal((1, 1, 1), (TopologyTree.Flat.Count, TopologyTree.Flat.LevelCount, TopologyTree.Flat.EndOf(TopologyTree.Root)));
        Assert.Equal(TopologyTree.Root, TopologyTree.Flat.LeafOf("n1"));
        Assert.Equal(TopologyTree.Root, TopologyTree.Flat.LowestCommonDomain([0, 0]));
    }

    /// <summary>The domain and those above it, the nearest first.</summary>
    private static List<int> Above(TopologyTree tree, int domain)
    {
        var above = new List<int>();
        for (; domain >= 0; domain = tree.ParentOf(domain))
            above.Add(domain);
        return above;
    }
}
