using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes.Models;
using static Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod.InterPodWorld;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod;

/// <summary>What members of a gang ask for of other pods, and of each other.</summary>
public sealed class GangMatesTests
{
    private readonly InterPodWorld _world = new("a", "a", "b", "b");

    [Fact]
    public void Members_that_keep_each_other_off_are_one_kind_whatever_else_their_labels_say()
    {
        for (var member = 0; member < 3; member++)
            _world.Put(Member($"w{member}", "web", Apart("web"), $"{member}"));

        var filters = Enumerable.Range(0, 3).Select(member => _world.Told($"w{member}").Nodes!).Distinct().ToList();
        Assert.Equal("any", _world.NodesOf("w0"));
        Assert.Equal(Assert.Single(filters).KeepsOff, filters[0].KeptOffBy);
        Assert.Single(filters[0].KeepsOff);
        Assert.True(filters[0].PreemptsInTurn);
    }

    [Fact]
    public void A_member_that_counts_somewhere_closes_its_node_to_the_others_and_leaves_them_what_they_are()
    {
        _world.Put(Member("w0", "web", Apart("web")), Member("w1", "web", Apart("web")), Member("l", "launcher", Apart("web")));
        var before = _world.Told("w1").Nodes!;
        Assert.True(_world.Claim("w0", "n2") && _world.Claim("l", "n3"));

        Assert.Equal(("1,4", before), (_world.NodesOf("w1"), _world.Told("w1").Nodes));
        Assert.False(_world.Claim("w1", "n2"));
        Assert.False(_world.Claim("w1", "n3"));
        _world.NotBound("w0");
        Assert.True(_world.Claim("w1", "n2"));
    }

    [Fact]
    public void Members_claim_all_of_their_nodes_or_none()
    {
        _world.Put(Member("w0", "web", Apart("web")), Member("w1", "web", Apart("web")), Pod("own", "web", Apart("web")), Pod("db", "db", Apart("web"), "n3"));
        Assert.False(_world.Claim(("w0", "n1"), ("w1", "n3")));
        Assert.Equal("1,2,4", _world.NodesOf("own"));
        Assert.True(_world.Claim(("w0", "n1"), ("w1", "n2")));
        Assert.Equal("4", _world.NodesOf("own"));
    }

    [Fact]
    public void One_is_kept_off_by_those_of_another_kind_as_well()
    {
        _world.Put(Member("l", "launcher", Apart("web")), Member("w", "web"), Member("x", "other"), Pod("stranger", "web"));

        var (launcher, worker) = (_world.Told("l").Nodes!, _world.Told("w").Nodes!);
        Assert.Equal(launcher.KeepsOff, worker.KeptOffBy);
        Assert.Empty(launcher.KeptOffBy.Concat(worker.KeepsOff));
        Assert.Empty(_world.Told("x").Nodes!.KeptOffBy);
        Assert.Empty(_world.Told("stranger").Nodes!.KeptOffBy);
        _world.Put(Pod("placed", "any", Apart("web"), "n1"));
        Assert.Empty(_world.Told("stranger").Nodes!.KeptOffBy);
        Assert.Equal(launcher.KeepsOff, _world.Told("w").Nodes!.KeptOffBy);
    }

    [Fact]
    public void Members_keep_the_rules_of_others_and_their_own_of_others()
    {
        _world.Put(
            Pod("db", "db", Apart("web"), "n1"), Pod("cache", "cache", node: "n3"),
            Member("off", "web", Apart("cache", Zone)), Member("by", "trainer", Together("cache", Zone)), Member("even", "trainer", Spread("cache", Zone)), Member("none", "web"));

        Assert.Equal(("2", "3,4", "1,2,3,4", "2,3,4"), (_world.NodesOf("off"), _world.NodesOf("by"), _world.NodesOf("even").Replace("any", "1,2,3,4"), _world.NodesOf("none")));
        Assert.False(_world.Told("by").Labels.MayPreempt);
        _world.Put(Pod("cache2", "cache", node: "n2"));
        Assert.Equal(("", "1,2,3,4"), (_world.NodesOf("off"), _world.NodesOf("by").Replace("any", "1,2,3,4")));
        Assert.False(_world.Claim("off", "n2"));
    }

    [Fact]
    public void What_is_about_members_of_the_gang_itself_and_not_about_nodes_is_refused_with_its_reason()
    {
        _world.Put(
            Member("zones", "web", Apart("web", Zone)), Member("with", "trainer", Together("trainer", Zone)), Member("even", "spread", Spread("spread", Hostname)),
            Member("mate", "web"));

        Assert.StartsWith("spec.affinity.podAntiAffinity: to be kept off members of its own gang by zone", _world.Told("zones").Refusal, StringComparison.Ordinal);
        Assert.StartsWith("spec.affinity.podAffinity: to want members of its own gang by it", _world.Told("with").Refusal, StringComparison.Ordinal);
        Assert.StartsWith("spec.topologySpreadConstraints: to be spread among members of its own gang", _world.Told("even").Refusal, StringComparison.Ordinal);
        Assert.Equal("", _world.Told("mate").Refusal);
    }

    [Fact]
    public void Whether_it_is_about_members_changes_as_they_come_and_go()
    {
        _world.Put(Member("zones", "db", Apart("web", Zone)));
        Assert.Equal("", _world.Told("zones").Refusal);
        _world.Events();
        var mate = Member("mate", "web");
        _world.Put(mate);
        Assert.Contains(_world.Events(), change => change is ClusterEvent.WorkloadPending { Workload: { Refusal.Length: > 0 } told } && told.Id == Id("zones"));
        _world.Put(Member("mate", "none"));
        Assert.Contains(_world.Events(), change => change is ClusterEvent.WorkloadPending { Workload: { Refusal: "" } told } && told.Id == Id("zones"));
        _world.Put(mate);
        _world.Events();
        _world.Delete(mate);
        Assert.Contains(_world.Events(), change => change is ClusterEvent.WorkloadPending { Workload: { Refusal: "" } told } && told.Id == Id("zones"));
        // Another gang's is another matter.
        _world.Put(Member("other", "web", gang: "h"));
        Assert.Equal("", _world.Told("zones").Refusal);
    }

    [Fact]
    public void A_port_of_the_node_is_one_members()
    {
        _world.Put(InterPodTests.Listening("any", 80, node: "n1"));
        _world.Put(Listening("p", 80), Listening("q", 80, "10.0.0.1"), Listening("r", 80, "10.0.0.2"), Listening("free", 81));

        Assert.Equal(("2,3,4", "2,3,4", "any"), (_world.NodesOf("p"), _world.NodesOf("q"), _world.NodesOf("free")));
        Assert.Equal((true, true, true, false, false), (Clash("p", "p"), Clash("p", "q"), Clash("q", "q"), Clash("q", "r"), Clash("p", "free")));

        static Pod Listening(string name, int port, string? address = null)
            => InterPodTests.Listening(name, port, address, metadata: "\"annotations\":{\"scheduling.k8s.io/group-name\":\"g\",\"pipeline.gpu/gang-min\":\"1\"}");
    }

    private bool Clash(string one, string other)
        => _world.Told(one).Nodes!.KeepsOff.Intersect(_world.Told(other).Nodes!.KeptOffBy).Any() || _world.Told(other).Nodes!.KeepsOff.Intersect(_world.Told(one).Nodes!.KeptOffBy).Any();

    private static Pod Member(string name, string app, string spec = "", string labels = "", string gang = "g")
    {
        var pod = Pod(name, app, spec, metadata: "\"annotations\":{\"scheduling.k8s.io/group-name\":\"" + gang + "\",\"pipeline.gpu/gang-min\":\"1\"}");
        var index = labels.Length == 0 ? [] : new Dictionary<string, string> { ["index"] = labels };
        return pod with { Metadata = pod.Metadata with { Labels = pod.Metadata.Labels.Concat(index).ToDictionary() } };
    }
}
