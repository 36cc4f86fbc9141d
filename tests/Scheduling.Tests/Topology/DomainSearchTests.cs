using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

public class DomainSearchTests
{
    private static readonly int[] Sizes = [0, 1, 2, 3, 4, 8];

    [Fact]
    public void A_search_gives_the_domains_and_the_order_that_looking_at_every_node_gives()
        => Seeded.ForAll(random =>
        {
            var nodes = new CountedNodes(random, mostGpus: 8);
            for (var round = 0; round < 20; round++)
            {
                nodes.Change(random.Next(20));
                var (group, demands) = (nodes.AnyGroup(), GpuPackingTests.Demands(random, Sizes, 6));
                var maxTier = random.Next(3) == 0 ? TopologyTree.RootTier : random.Next(12);
                var within = random.Next(2) == 0 ? TopologyTree.Root : random.Next(nodes.Tree.Count);
                var need = new GpuNeed(demands);
                var expected = Expected(nodes, group, demands, maxTier, within);
                Assert.Equal(expected, Found(nodes.Counts.Search(group, need, maxTier, within)));
                for (var domain = 0; domain < nodes.Tree.Count; domain++)
                    Assert.Equal(Holds(nodes, domain, group, demands), nodes.Counts.Holds(domain, group, need));
            }
        }, 300);

    /// <summary>So small a part of the tree that its domains are looked up one by one.</summary>
    [Fact]
    public void A_search_in_one_of_many_spines_gives_what_looking_at_every_node_gives()
    {
        var tree = RandomTopology.Built(Enumerable.Range(0, 40).SelectMany(spine => Enumerable.Range(0, 4)
            .Select(leaf => new DomainDefinition($"l{spine}-{leaf}", 0, [], []))
            .Append(new DomainDefinition($"s{spine}", 1, [], [.. Enumerable.Range(0, 4).Select(leaf => $"l{spine}-{leaf}")]))));
        Seeded.ForAll(random =>
        {
            var nodes = new CountedNodes(random, mostGpus: 8, tree);
            nodes.Change(2_000);
            for (var round = 0; round < 20; round++)
            {
                var (group, demands, within) = (nodes.AnyGroup(), GpuPackingTests.Demands(random, Sizes, 3), random.Next(1, tree.Count));
                Assert.Equal(Expected(nodes, group, demands, 1, within), Found(nodes.Counts.Search(group, new GpuNeed(demands), 1, within)));
            }
        }, 20);
    }

    [Fact]
    public void A_search_goes_on_where_it_was_after_a_try_that_was_undone()
        => Seeded.ForAll(random =>
        {
            var nodes = new CountedNodes(random, mostGpus: 8);
            nodes.Change(60);
            var counts = nodes.Counts;
            counts.Move(TopologyTree.Root, 0, DomainCounts.Absent, 8);
            var need = new GpuNeed([new MemberDemand(2, 2)]);
            var (expected, found) = (Found(counts.Search(DomainCounts.AnyGroup, need)), new List<int>());
            foreach (var domain in counts.Search(DomainCounts.AnyGroup, need))
            {
                found.Add(domain);
                counts.Move(TopologyTree.Root, 0, 8, 1);
                counts.Move(TopologyTree.Root, 0, 1, 8);
            }
            Assert.Equal(expected, found);
        });

    [Fact]
    public void A_tier_that_was_searched_in_vain_is_passed_over_until_it_grows()
    {
        var tree = RandomTopology.Built([new("a", 0, ["a1"], []), new("b", 0, ["b1"], [])]);
        var (counts, need) = (new DomainCounts(tree), new GpuNeed([new MemberDemand(8, 1)]));
        var (a, leafTier) = (tree.LeafOf("a1"), tree.LevelOf(tree.LeafOf("a1")));
        counts.Move(a, 0, DomainCounts.Absent, 8);
        counts.Move(a, 0, 8, 4);
        Assert.True(counts.MayHold(0, leafTier, need));
        Assert.Empty(Found(counts.Search(0, need)));
        Assert.False(counts.MayHold(0, leafTier, need));
        counts.Move(a, 0, 4, 8);
        Assert.Equal([a, TopologyTree.Root], Found(counts.Search(0, need)));
    }

    private static List<int> Found(DomainSearch search)
    {
        var found = new List<int>();
        while (search.MoveNext())
            found.Add(search.Current);
        return found;
    }

    private static List<int> Expected(CountedNodes nodes, int group, MemberDemand[] demands, int maxTier, int within)
    {
        var (tree, members) = (nodes.Tree, NaivePacking.MembersOf(demands));
        return [.. Enumerable.Range(0, tree.Count)
            .Where(d => tree.TierOf(d) <= maxTier && tree.Contains(within, d) && Holds(nodes, d, group, demands))
            .OrderBy(tree.TierOf)
            .ThenBy(d => nodes.FreeIn(d, group).Sum(free => free / Math.Max(1, members[0])))
            .ThenBy(d => NaivePacking.Remnants(nodes.FreeIn(d, group), members))
            .ThenBy(d => d)];
    }

    private static bool Holds(CountedNodes nodes, int domain, int group, MemberDemand[] demands)
    {
        var free = nodes.FreeIn(domain, group);
        return free.Count > 0 && NaivePacking.Remnants(free, NaivePacking.MembersOf(demands)) >= 0;
    }
}
