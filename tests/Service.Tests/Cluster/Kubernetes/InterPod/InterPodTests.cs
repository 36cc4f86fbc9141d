using Pipeline.Contracts.Cluster;
using static Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod.InterPodWorld;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod;

/// <summary>Pods that may not be on the same nodes as others, or only there.</summary>
public sealed class InterPodTests
{
    private readonly InterPodWorld _world = new("a", "a", "b", "");

    [Fact]
    public void A_pod_keeps_off_those_that_it_does_not_want_by_it()
    {
        _world.Put(Pod("db", "db", node: "n1"), Pod("elsewhere", "db", node: "n3", space: "other"), Pod("p", "web", Apart("db")), Pod("z", "web", Apart("db", Zone)));

        Assert.Equal("2,3,4", _world.NodesOf("p"));
        // A node without the label shares its value with nobody.
        Assert.Equal("3,4", _world.NodesOf("z"));
        _world.Delete(Pod("db", "db", node: "n1"));
        Assert.Equal(("any", "any"), (_world.NodesOf("p"), _world.NodesOf("z")));
    }

    [Fact]
    public void A_pod_is_kept_off_by_those_that_do_not_want_it_and_is_told_anew_when_the_first_comes_and_the_last_goes()
    {
        _world.Put(Pod("p", "web"));
        Assert.Equal("any", _world.NodesOf("p"));

        _world.Put(Pod("db", "db", Apart("web", Zone), "n1"));
        Assert.Equal(["3", "4"], Told().Nodes!.Admitted()!.Order().Select(node => node[1..]));
        Assert.Equal("3,4", _world.NodesOf("p"));
        _world.Put(Pod("db-2", "db", Apart("web", Zone), "n3"));
        Assert.Equal("4", _world.NodesOf("p"));
        _world.Delete(Pod("db", "db", Apart("web", Zone), "n1"));
        Assert.DoesNotContain(_world.Events(), change => change is ClusterEvent.WorkloadPending);
        _world.Delete(Pod("db-2", "db", Apart("web", Zone), "n3"));
        Assert.Null(Told().Nodes!.Admitted());

        ClusterWorkload Told() => _world.Events().OfType<ClusterEvent.WorkloadPending>().Single().Workload;
    }

    [Fact]
    public void A_pod_goes_where_those_are_that_it_wants_by_it()
    {
        _world.Put(Pod("p", "web", Together("db")), Pod("z", "web", Together("db", Zone)), Pod("own", "own", Together("own", Zone)));

        Assert.Equal(("", ""), (_world.NodesOf("p"), _world.NodesOf("z")));
        // The first of its kind waits for nobody, but where the label is missing there is no group to begin.
        Assert.Equal("1,2,3", _world.NodesOf("own"));
        _world.Put(Pod("db", "db", node: "n1"), Pod("own-0", "own", node: "n3"));
        Assert.Equal(("1", "1,2", "3"), (_world.NodesOf("p"), _world.NodesOf("z"), _world.NodesOf("own")));
    }

    [Fact]
    public void The_zone_that_has_the_fewest_comes_first()
    {
        _world.Put(Pod("s1", "s", node: "n1"), Pod("p", "s", Spread("s")), Pod("q", "other", Spread("s")), Pod("w", "s", Spread("s", skew: 2)));

        Assert.Equal("3", _world.NodesOf("p"));
        // It is not one of those that are counted.
        Assert.Equal("1,2,3", _world.NodesOf("q"));
        Assert.Equal("1,2,3", _world.NodesOf("w"));
        _world.Put(Pod("s2", "s", node: "n3"), Pod("s3", "s", node: "n3", metadata: "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""));
        Assert.Equal("1,2,3", _world.NodesOf("p"));
    }

    [Fact]
    public void Zones_that_are_out_of_the_question_do_not_count_unless_it_says_so()
    {
        const string Only = ",\"nodeSelector\":{\"zone\":\"a\"}";
        _world.Put(
            Pod("s1", "s", node: "n1"), Pod("p", "s", Spread("s") + Only), Pod("all", "s", Spread("s", further: ",\"nodeAffinityPolicy\":\"Ignore\"") + Only),
            Pod("more", "s", Spread("s", further: ",\"minDomains\":3")));

        Assert.Equal("1,2", _world.NodesOf("p"));
        Assert.Equal("", _world.NodesOf("all"));
        Assert.Equal("3", _world.NodesOf("more"));
        _world.Put(Pod("s2", "s", node: "n3"));
        Assert.Equal("", _world.NodesOf("more"));
    }

    [Fact]
    public void Replicas_of_another_revision_do_not_count_when_it_names_the_label()
    {
        var rule = Spread("s", further: ",\"matchLabelKeys\":[\"revision\"]");
        _world.Put(
            Objects.Read<Pipeline.Kubernetes.Models.Pod>("{\"metadata\":{\"name\":\"old\",\"namespace\":\"team\",\"uid\":\"u-old\",\"labels\":{\"app\":\"s\",\"revision\":\"1\"}},\"spec\":{\"nodeName\":\"n1\"}}"),
            Pod("p", "s", rule) with { Metadata = Pod("p", "s").Metadata with { Labels = new Dictionary<string, string> { ["app"] = "s", ["revision"] = "2" } } });

        Assert.Equal("1,2,3", _world.NodesOf("p"));
    }

    [Fact]
    public void A_port_of_the_node_is_one_pods()
    {
        _world.Put(
            Listening("any", 80, node: "n1"), Listening("local", 80, "127.0.0.1", "n2"), Listening("udp", 80, protocol: "UDP", node: "n3"),
            Listening("p", 80), Listening("other", 80, "10.0.0.1"), Listening("free", 81));

        Assert.Equal(("3,4", "2,3,4", "any"), (_world.NodesOf("p"), _world.NodesOf("other"), _world.NodesOf("free")));
    }

    [Fact]
    public void What_others_have_taken_of_a_device_or_of_the_disk_is_taken()
    {
        for (var node = 1; node <= 2; node++)
            _world.Put(Node($"n{node}", "a", "\"rdma/hca\":\"2\",\"ephemeral-storage\":\"100Gi\""));
        _world.Put(Pod("r", "x", node: "n1", requests: "\"rdma/hca\":2"), Pod("e", "x", node: "n2", requests: "\"ephemeral-storage\":\"60Gi\""));
        _world.Put(Pod("p", "x", requests: "\"rdma/hca\":1"), Pod("q", "x", requests: "\"ephemeral-storage\":\"60Gi\""));

        Assert.Equal(("2", "1"), (_world.NodesOf("p"), _world.NodesOf("q")));
        Assert.True(_world.Told("p").Labels.MayPreempt);
        Assert.True(_world.Claim("p", "n2"));
        _world.Put(Pod("p2", "x", requests: "\"rdma/hca\":2"));
        Assert.Equal("", _world.NodesOf("p2"));
        Assert.False(_world.Claim("p2", "n2"));
    }

    [Fact]
    public void Of_two_that_cannot_be_together_one_gets_the_node_and_the_other_when_it_does_not_come()
    {
        _world.Put(Pod("a", "web", Apart("web")), Pod("b", "web", Apart("web")), Pod("c", "web"));

        Assert.True(_world.Claim("a", "n1"));
        Assert.True(_world.Claim("a", "n1"));
        Assert.False(_world.Claim("b", "n1"));
        Assert.False(_world.Claim("c", "n1"));
        Assert.Equal(("2,3,4", "2,3,4"), (_world.NodesOf("b"), _world.NodesOf("c")));
        _world.NotBound("a");
        Assert.True(_world.Claim("b", "n1"));
        _world.Bound("b", "n1");
        Assert.False(_world.Claim("a", "n1"));
        Assert.True(_world.Claim("a", "n2"));
    }

    [Fact]
    public void Those_whose_places_depend_on_each_other_are_asked_for_one_by_one_and_evict_in_turn()
    {
        _world.Put(Pod("p", "web", Apart("web")), Pod("q", "web", Apart("web")), Pod("r", "web"));
        var (p, q, r) = (_world.Told("p"), _world.Told("q"), _world.Told("r"));

        Assert.Equal(p.Nodes, q.Nodes);
        Assert.Equal((true, true, true), (p.Nodes!.IsChangedByPlacing, p.Nodes.PreemptsInTurn, p.Labels.MayPreempt));
        Assert.Equal((false, false, true), (r.Nodes!.IsChangedByPlacing, r.Nodes.PreemptsInTurn, r.Labels.MayPreempt));
    }

    [Fact]
    public void Who_wants_others_by_it_evicts_nobody_since_it_might_be_them()
    {
        _world.Put(Pod("p", "web", Together("db")));
        Assert.False(_world.Told("p").Labels.MayPreempt);
    }

    [Theory]
    [InlineData("\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"labelSelector\":{}}]}}", "spec.affinity.podAntiAffinity: a term has no topologyKey")]
    [InlineData("\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"x\",\"labelSelector\":{\"matchExpressions\":[{\"key\":\"k\",\"operator\":\"Near\"}]}}]}}", "spec.affinity.podAffinity: matchExpressions: the operator of 'k'")]
    [InlineData("\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":\"x\",\"namespaceSelector\":{\"matchLabels\":{\"a\":\"b\"}}}]}}", "spec.affinity: a namespaceSelector with terms is not supported")]
    [InlineData("\"resourceClaims\":[{\"name\":\"gpu\",\"resourceClaimTemplateName\":\"one\"}]", "spec.resourceClaims: devices are not allocated here")]
    [InlineData("\"topologySpreadConstraints\":[{\"maxSkew\":0,\"topologyKey\":\"x\"}]", "spec.topologySpreadConstraints: maxSkew")]
    [InlineData("\"affinity\":{\"podAntiAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":1}]}}", "")]
    [InlineData("\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"x\",\"whenUnsatisfiable\":\"ScheduleAnyway\"}]", "")]
    public void What_cannot_be_kept_is_refused_with_its_field(string spec, string problem)
    {
        _world.Put(Pod("p", "web", spec));

        Assert.StartsWith(problem, _world.Told("p").Refusal, StringComparison.Ordinal);
        Assert.Equal(problem.Length == 0, _world.Told("p").Refusal.Length == 0);
    }

    internal static Pipeline.Kubernetes.Models.Pod Listening(
        string name, int port, string? address = null, string? node = null, string protocol = "TCP", string metadata = "", string requests = "\"nvidia.com/gpu\":1")
    {
        var pod = Pod(name, "web", node: node, metadata: metadata, requests: requests);
        var given = Objects.Read<Pipeline.Kubernetes.Models.ContainerPort>(
            "{\"containerPort\":" + port + ",\"hostPort\":" + port + ",\"protocol\":\"" + protocol + "\"" + (address is null ? "" : ",\"hostIP\":\"" + address + "\"") + "}");
        return pod with { Spec = pod.Spec with { Containers = [pod.Spec.Containers[0] with { Ports = [given] }] } };
    }
}
