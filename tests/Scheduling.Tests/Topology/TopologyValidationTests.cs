using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

public class TopologyValidationTests
{
    public static TheoryData<string, DomainDefinition[]> Problems => new()
    {
        { "Name: there are two domains 'a'.", [Of("a", 0), Of("a", 1)] },
        { "Name: '' has not between 1 and 253 characters.", [Of("", 0)] },
        { "Tier of domain 'a': -1 is not between 0 and 63.", [Of("a", -1)] },
        { "Tier of domain 'a': 64 is not between 0 and 63.", [Of("a", 64)] },
        { "Domains of domain 'a': there is no domain 'b'.", [Of("a", 1, [], ["b"])] },
        { "Tier of domain 'b': 1 is not above tier 1 of 'a' in it.", [Of("b", 1, [], ["a"]), Of("a", 1)] },
        { "Domains of domain 'c': 'a' is in 'b' already.", [Of("c", 2, [], ["a"]), Of("b", 1, [], ["a"]), Of("a", 0)] },
        { "Domains of domain 'b': 'a' is in 'b' already.", [Of("b", 1, [], ["a", "a"]), Of("a", 0)] },
        { "Nodes of domain 'b': 'n1' is in 'a' already.", [Of("b", 1, ["n1"], ["c"]), Of("a", 0, ["n1"]), Of("c", 0)] },
        { "Nodes of domain 'a': 'n1' is in 'a' already.", [Of("a", 0, ["n1", "n1"])] },
        { "Nodes of domain 'a': '' has not between 1 and 253 characters.", [Of("a", 0, [""])] },
        { "Tier of domain 'a': 1 is not above tier 1 of 'a' in it.", [Of("a", 1, [], ["a"])] },
        // Somewhere a cycle must go up.
        { "Tier of domain 'a': 1 is not above tier 2 of 'b' in it.", [Of("b", 2, [], ["a"]), Of("a", 1, [], ["b"])] },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public void A_problem_names_the_field_and_the_domain(string expected, DomainDefinition[] definitions)
    {
        Assert.False(TopologyTree.TryBuild(definitions, out var tree, out var problem));
        Assert.Null(tree);
        Assert.Equal(expected, problem);
        Array.Reverse(definitions);
        Assert.False(TopologyTree.TryBuild(definitions, out _, out var again));
        Assert.Equal(expected, again);
    }

    [Fact]
    public void A_tree_may_be_as_deep_as_the_bound_and_no_deeper()
    {
        Assert.True(TopologyTree.TryBuild(Chain(TopologyTree.MaxDepth), out var tree, out _));
        Assert.Equal(TopologyTree.MaxDepth + 1, tree.LevelCount);
        Assert.False(TopologyTree.TryBuild(Chain(TopologyTree.MaxDepth + 1), out _, out var problem));
        Assert.Equal("Domains: 'd00' is more than 16 levels deep.", problem);
    }

    [Fact]
    public void There_may_be_as_many_domains_and_nodes_as_the_bounds_and_no_more()
    {
        var domains = Enumerable.Range(0, TopologyTree.MaxDomains - 1).Select(i => Of($"d{i}", 0));
        Assert.True(TopologyTree.TryBuild(domains, out _, out _));
        Assert.False(TopologyTree.TryBuild(domains.Append(Of("one-more", 0)), out _, out var problem));
        Assert.Equal("Domains: 65536 are more than 65535.", problem);
        var nodes = Enumerable.Range(0, TopologyTree.MaxNodes).Select(i => $"n{i}").ToArray();
        Assert.True(TopologyTree.TryBuild([Of("a", 0, nodes)], out _, out _));
        Assert.False(TopologyTree.TryBuild([Of("a", 0, nodes), Of("b", 0, ["one-more"])], out _, out problem));
        Assert.Equal("Nodes: 262145 in all domains are more than 262144.", problem);
    }

    private static IEnumerable<DomainDefinition> Chain(int depth)
        => Enumerable.Range(0, depth).Select(tier => Of($"d{tier:00}", tier, [], tier == 0 ? [] : [$"d{tier - 1:00}"]));

    private static DomainDefinition Of(string name, int tier, string[]? nodes = null, string[]? domains = null)
        => new(name, tier, [.. nodes ?? []], [.. domains ?? []]);
}
