using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public class HyperNodesTests
{
    private readonly Dictionary<string, Node> _nodes = Enumerable.Range(0, 6).Select(i => Objects.Node($"n{i}", $"\"labels\":{{\"rack\":\"{i / 2}\"}}")).ToDictionary(node => node.Metadata.Name);

    [Fact]
    public void Members_are_named_matched_or_labelled_and_domains_nest()
    {
        var (domains, problems) = Of(
            Hyper("leaf-a", 1, Member("Node", "\"exactMatch\":{\"name\":\"n0\"}"), Member("Node", "\"exactMatch\":{\"name\":\"n1\"}"), Member("Node", "\"exactMatch\":{\"name\":\"not-there\"}")),
            Hyper("leaf-b", 1, Member("Node", "\"regexMatch\":{\"pattern\":\"^n[23]$\"}")),
            Hyper("leaf-c", 1, Member("Node", "\"labelMatch\":{\"matchLabels\":{\"rack\":\"2\"}}")),
            Hyper("spine", 2, Member("HyperNode", "\"regexMatch\":{\"pattern\":\"^leaf-\"}")));

        Assert.Empty(problems);
        Assert.Equal(["n0,n1", "n2,n3", "n4,n5", ""], domains.Select(domain => string.Join(',', domain.Nodes)));
        Assert.Equal((2, "leaf-a,leaf-b,leaf-c"), (domains[3].Tier, string.Join(',', domains[3].Domains)));
    }

    [Fact]
    public void What_makes_no_tree_is_left_out_and_told()
    {
        var (domains, problems) = Of(
            Hyper("a", 1, Member("Node", "\"exactMatch\":{\"name\":\"n0\"}"), Member("Node", "\"regexMatch\":{\"pattern\":\"(\"}"), Member("Node", "")),
            Hyper("b", 1, Member("Node", "\"exactMatch\":{\"name\":\"n0\"}"), Member("HyperNode", "\"exactMatch\":{\"name\":\"a\"}")),
            Hyper("c", 2, Member("HyperNode", "\"exactMatch\":{\"name\":\"a\"}"), Member("HyperNode", "\"exactMatch\":{\"name\":\"c\"}")),
            Hyper("d", 3, Member("HyperNode", "\"exactMatch\":{\"name\":\"a\"}")),
            Hyper("e", 900));

        Assert.Equal(["a", "b", "c", "d"], domains.Select(domain => domain.Name));
        Assert.Equal(["n0", "", "", ""], domains.Select(domain => string.Join(',', domain.Nodes)));
        Assert.Equal(["", "", "a", ""], domains.Select(domain => string.Join(',', domain.Domains)));
        Assert.Equal(["a", "a", "b", "b", "c", "d", "e"], problems.Select(problem => problem.Split(':')[0]).Order());
        Assert.True(Scheduling.Topology.TopologyTree.TryBuild(
            [.. domains.Select(domain => new Scheduling.Topology.DomainDefinition(domain.Name, domain.Tier, [.. domain.Nodes], [.. domain.Domains]))], out _, out var problem), problem);
    }

    private (IReadOnlyList<ClusterDomain> Domains, IReadOnlyList<string> Problems) Of(params HyperNode[] hyperNodes) => HyperNodes.ToDomains(hyperNodes, _nodes);

    private static HyperNode Hyper(string name, int tier, params string[] members)
        => Objects.Read<HyperNode>("{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"tier\":" + tier + ",\"members\":[" + string.Join(',', members) + "]}}");

    private static string Member(string type, string selector) => "{\"type\":\"" + type + "\",\"selector\":{" + selector + "}}";
}
