using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public partial class KubernetesModelTests
{
    private readonly List<string> _told = [];
    private readonly KubernetesModel _model;

    public KubernetesModelTests() => _model = new KubernetesModel(new KubernetesOptions(), problem => _told.Add($"{problem.Kind} {problem.Name} {problem.Text}"));

    [Fact]
    public void Many_changes_of_one_object_are_one_event_and_none_when_it_is_as_it_was()
    {
        Put(Objects.Node());
        _model.List();

        Put(Objects.Node(status: "\"nodeInfo\":{\"bootID\":\"b\"}"));
        Put(Objects.Node(spec: "\"unschedulable\":true"));
        Put(Objects.Node());
        Assert.Empty(Events());
        Put(Objects.Node(spec: "\"unschedulable\":true"));
        Put(Objects.Node(spec: "\"unschedulable\":true", gpus: "4"));

        var node = Assert.IsType<ClusterEvent.NodeChanged>(Assert.Single(Events())).Node;
        Assert.Equal((4, "person"), (node.GpuCount, node.CordonOwner));
    }

    [Fact]
    public void A_node_that_is_another_of_the_same_name_before_a_listing_is_told_as_gone_and_new_after_it()
    {
        Put(Reborn("1", "5", $"\"taints\":[{OurTaint}]"));
        Put(Pod("a", "n1"));
        Put(Objects.Node("n2"));
        _model.List();
        _model.Apply(new Change<Node>.Replaced([Reborn("2", "8")]));

        Assert.Equal("", Assert.Single(_model.List().Nodes).Lifted);

        Assert.Collection(
            Events(),
            gone => Assert.Equal("n1", Assert.IsType<ClusterEvent.NodeDeleted>(gone).Name),
            node => Assert.Equal("", Assert.IsType<ClusterEvent.NodeChanged>(node).Node.Mark),
            pod => Assert.IsType<ClusterEvent.WorkloadBound>(pod));
    }

    [Fact]
    public void A_list_read_anew_tells_what_is_different_and_what_is_gone()
    {
        Put(Objects.Node("n1"), Objects.Node("n2"));
        Put(Pod("a", "n1"), Pod("b", "n1"), Pod("c", "n2"));
        _model.List();

        _model.Apply(new Change<Node>.Replaced([Objects.Node("n1"), Objects.Node("n3")]));
        _model.Apply(new Change<Pod>.Replaced([Pod("a", "n1"), Pod("d", "n3"), Pod("b", "n1", uid: "another")]));

        var events = Events();
        Assert.Equal(["n2"], events.OfType<ClusterEvent.NodeDeleted>().Select(gone => gone.Name));
        Assert.Equal(["n3"], events.OfType<ClusterEvent.NodeChanged>().Select(changed => changed.Node.Name));
        Assert.Equal([Id("b"), Id("c")], events.OfType<ClusterEvent.WorkloadDeleted>().Select(gone => gone.Id).Order().Intersect([Id("b"), Id("c")]).OrderBy(id => id == Id("c")));
        Assert.Equal(["team/b", "team/d"], events.OfType<ClusterEvent.WorkloadBound>().Select(bound => bound.Workload.Name).Order());
    }

    [Fact]
    public void What_is_on_a_node_is_told_again_when_the_node_comes_back()
    {
        Put(Objects.Node("n1"));
        Put(Pod("a", "n1"));
        _model.List();

        _model.Apply(new Change<Node>.Deleted(Objects.Node("n1")));
        Assert.IsType<ClusterEvent.NodeDeleted>(Assert.Single(Events()));
        Put(Objects.Node("n1"));

        Assert.Collection(Events(), node => Assert.IsType<ClusterEvent.NodeChanged>(node), pod => Assert.IsType<ClusterEvent.WorkloadBound>(pod));
    }

    [Fact]
    public void A_pod_that_is_gone_before_it_was_told_again_is_told_as_gone()
    {
        Put(Objects.Node("n1"));
        Put(Pod("a", "n1"));
        _model.List();
        _model.Apply(new Change<Node>.Deleted(Objects.Node("n1")));
        Put(Objects.Node("n1"));
        Assert.True(_model.TryTake(out _) && _model.TryTake(out _));

        _model.Apply(new Change<Pod>.Deleted(Pod("a", "n1")));

        Assert.Equal(new ClusterEvent.WorkloadDeleted(Id("a")), Assert.Single(Events()));
    }

    [Fact]
    public void A_product_is_the_machine_group_of_its_nodes_until_one_of_them_has_a_group_of_its_own()
    {
        Put(Labelled("n1", "\"nvidia.com/gpu.product\":\"H100\""), Labelled("other", "\"nvidia.com/gpu.product\":\"V100\""));
        Put(Waiting("p", "\"nodeSelector\":{\"nvidia.com/gpu.product\":\"H100\"}"));
        var first = Assert.Single(_model.List().Workloads);
        Assert.Equal(("H100", null), (first.Group, first.Nodes?.Admitted()));

        Put(Labelled("n2", "\"nvidia.com/gpu.product\":\"H100\",\"pipeline.gpu/group\":\"train\""));
        var second = Assert.IsType<ClusterEvent.WorkloadPending>(Events()[^1]).Workload;
        Assert.Equal("", second.Group);
        Assert.Equal(["n1", "n2"], second.Nodes!.Admitted()!.Order());
        // A heartbeat.
        Put(Labelled("n2", "\"nvidia.com/gpu.product\":\"H100\",\"pipeline.gpu/group\":\"train\""));
        Assert.Empty(Events());

        _model.Apply(new Change<Node>.Deleted(Objects.Node("n2")));
        Assert.Equal(first, Assert.IsType<ClusterEvent.WorkloadPending>(Events()[^1]).Workload);

        static Node Labelled(string name, string labels) => Objects.Node(name, $"\"labels\":{{{labels}}}");
    }

    [Theory]
    [InlineData("watched")]
    [InlineData("listed")]
    [InlineData("answered")]
    public void A_node_that_is_another_of_the_same_name_before_anybody_looked_is_told_as_gone_and_new(string how)
    {
        Put(Reborn("1", "5", $"\"taints\":[{OurTaint}]"));
        Put(Pod("a", "n1"));
        _model.List();

        var another = Reborn("2", "8");
        if (how == "listed")
            _model.Apply(new Change<Node>.Replaced([another]));
        if (how == "answered")
            _model.Seen(another);
        if (how != "listed")
        {
            _model.Apply(new Change<Node>.Deleted(Reborn("1", "6")));
            Put(Reborn("2", "7"));
        }

        Assert.Collection(
            Events(),
            gone => Assert.Equal("n1", Assert.IsType<ClusterEvent.NodeDeleted>(gone).Name),
            node => Assert.Equal("", Assert.IsType<ClusterEvent.NodeChanged>(node).Node.Mark),
            pod => Assert.IsType<ClusterEvent.WorkloadBound>(pod));
    }

    [Fact]
    public void A_pod_of_another_scheduler_is_told_with_the_nodes_that_it_selects_and_refused_for_nothing()
    {
        const string Spec = "\"schedulerName\":\"other\",\"nodeSelector\":{\"disk\":\"nvme\"}";
        Put(Objects.Node("n1"));
        Put(Objects.Node("n2", "\"labels\":{\"disk\":\"nvme\"}"));
        Put(Named("p", Objects.Asking("\"nvidia.com/gpu\":2", Spec), null));
        Put(Named("q", Objects.Asking("\"nvidia.com/gpu\":2", Spec + ",\"resourceClaims\":[{\"name\":\"nic\"}],\"hostNetwork\":true,\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{}]}}"), null));

        var workloads = _model.List().Workloads.ToDictionary(workload => workload.Name);
        Assert.All(workloads.Values, workload => Assert.Equal((true, ""), (workload.Foreign, workload.Refusal)));
        Assert.Equal(["n2"], workloads["team/p"].Nodes!.Admitted()!);
    }

    [Fact]
    public void A_pending_pod_is_told_once_it_may_be_scheduled_and_anew_when_it_has_changed()
    {
        Put(Waiting("p", "\"schedulingGates\":[{\"name\":\"quota\"}]"));
        Assert.Empty(_model.List().Workloads);

        Put(Waiting("p"));
        Assert.False(Assert.IsType<ClusterEvent.WorkloadPending>(Assert.Single(Events())).Workload.Foreign);
        Put(Waiting("p", metadata: "\"labels\":{\"pipeline.gpu/category\":\"data\"}"));

        Assert.Equal(Contracts.V1.Category.Data, Assert.IsType<ClusterEvent.WorkloadPending>(Assert.Single(Events())).Workload.Labels.Category);
    }

    [Fact]
    public void A_bind_holds_against_older_news_of_the_pod()
    {
        Put(Objects.Node("n1"));
        Put(Waiting("p"));
        _model.List();

        _model.Bound(Id("p"), "n1", new Dictionary<string, string> { ["pipeline.gpu/gpus"] = "0x3" });
        Put(Waiting("p", metadata: "\"labels\":{\"late\":\"news\"}"));

        var bound = Assert.Single(_model.List().Workloads);
        Assert.Equal(("n1", 0x3u), (bound.Node, bound.GpuMask));
        Assert.Equal("n1", Assert.Single(_model.WorkloadsOn("n1")).Node);
    }

    [Fact]
    public void What_an_unanswered_bind_came_to_is_what_the_server_says()
    {
        Put(Objects.Node("n1"));
        Put(Waiting("p"), Waiting("q"));
        _model.List();
        _model.BindUnanswered(Id("p"), "a");
        _model.BindUnanswered(Id("q"), "b");
        Assert.Equal((2, 1), (_model.Unsure(null).Count, _model.Unsure("a").Count));

        _model.Settled(Id("p"), Pod("p", "n1"));
        _model.Settled(Id("q"), null);

        Assert.Empty(_model.Unsure(null));
        Assert.Equal(["team/p"], _model.WorkloadsOn("n1").Select(workload => workload.Name));
        Assert.Equal(Id("q"), Assert.Single(Events().OfType<ClusterEvent.WorkloadDeleted>()).Id);
    }

    [Fact]
    public void What_the_server_said_of_a_bind_does_not_take_back_what_the_watch_has_shown_since()
    {
        Put(Objects.Node("n1"));
        Put(Waiting("p"));
        _model.BindUnanswered(Id("p"), "n1");
        var ended = Pod("p", "n1", "\"resourceVersion\":\"12\"");
        Put(ended with { Status = new PodStatus { Phase = "Failed" } });

        _model.Settled(Id("p"), Pod("p", "n1", "\"resourceVersion\":\"11\""));

        Assert.Empty(_model.List().Workloads);
    }

    [Fact]
    public void Members_learn_of_their_group_and_a_change_of_its_status_is_nothing()
    {
        Put(Waiting("m", metadata: "\"annotations\":{\"scheduling.k8s.io/group-name\":\"job\"}"));
        var alone = Assert.Single(_model.List().Workloads);
        Assert.Equal((new GangLabel("job"), "there is no PodGroup 'job', nor pipeline.gpu/gang-min on the pod"), (alone.Labels.Gang, alone.Refusal));

        _model.Apply(new Change<PodGroup>.Put(Group(4, "Pending")));
        var member = Events().OfType<ClusterEvent.WorkloadPending>().Single().Workload;
        Assert.Equal((new GangLabel("job", 4), ""), (member.Labels.Gang, member.Refusal));
        _model.Apply(new Change<PodGroup>.Put(Group(4, "Running")));
        Assert.Empty(Events());
    }

    [Fact]
    public void Members_learn_which_tier_is_meant_by_the_name_that_their_group_gives()
    {
        var group = Group(4, "Pending");
        _model.Apply(new Change<PodGroup>.Put(group with { Spec = group.Spec with { NetworkTopology = new NetworkTopology { Mode = "hard", HighestTierName = "rack" } } }));
        Put(Waiting("m", metadata: "\"annotations\":{\"scheduling.k8s.io/group-name\":\"job\"}"));
        Assert.Equal(new GangLabel("job", 4, GangTopology.Hard, TopologyTree.MaxTier), Assert.Single(_model.List().Workloads).Labels.Gang);

        _model.Apply(new Change<HyperNode>.Replaced([Rack(tier: 1)]));
        Assert.Equal(1, Assert.Single(Events().OfType<ClusterEvent.WorkloadPending>()).Workload.Labels.Gang!.HighestTier);
        _model.Apply(new Change<HyperNode>.Put(Rack(tier: 2)));
        Assert.Equal(2, Assert.Single(Events().OfType<ClusterEvent.WorkloadPending>()).Workload.Labels.Gang!.HighestTier);
        _model.Apply(new Change<HyperNode>.Deleted(Rack(tier: 2)));
        Assert.Equal(TopologyTree.MaxTier, Assert.Single(Events().OfType<ClusterEvent.WorkloadPending>()).Workload.Labels.Gang!.HighestTier);
    }

    [Fact]
    public void Who_says_how_many_start_together_waits_for_no_group()
    {
        Put(Waiting("m", metadata: "\"annotations\":{\"scheduling.k8s.io/group-name\":\"job\",\"pipeline.gpu/gang-min\":\"2\"}"));

        var member = Assert.Single(_model.List().Workloads);
        Assert.Equal((new GangLabel("job", 2), ""), (member.Labels.Gang, member.Refusal));
    }

    [Fact]
    public void Pods_that_another_scheduler_has_placed_are_nobodys_victims_unless_it_asked_us()
    {
        Put(
            Pod("theirs", "n1", scheduler: "default-scheduler"), Pod("ours", "n1"),
            Pod("asked", "n1", "\"annotations\":{\"pipeline.gpu/gpus\":\"0x3\"}", scheduler: "default-scheduler"));

        Assert.Equal(
            [("team/asked", ""), ("team/ours", ""), ("team/theirs", "(pinned)")],
            _model.List().Workloads.Select(workload => (workload.Name, workload.Labels.Budget)).Order());
        Assert.Equal(3, _model.WorkloadsOn("n1").Count);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("\"preemptionPolicy\":\"PreemptLowerPriority\"", true)]
    [InlineData("\"preemptionPolicy\":\"Never\"", false)]
    public void A_pod_that_preempts_nobody_may_say_so(string spec, bool mayPreempt)
    {
        Put(Waiting("p", spec));

        Assert.Equal(mayPreempt, Assert.Single(_model.List().Workloads).Labels.MayPreempt);
    }

    [Fact]
    public void Bad_labels_are_told_once()
    {
        Put(Objects.Node("n1"));
        for (var i = 0; i < 3; i++)
            Put(Pod("p", "n1", "\"labels\":{\"pipeline.gpu/purpose\":\"fun\"},\"resourceVersion\":\"" + i + "\""));
        _model.List();
        _model.List();

        Assert.Equal("Pod team/p pipeline.gpu/purpose: 'fun' is none of service, qa, produce, test", Assert.Single(_told));
    }

    [Fact]
    public void Only_nodes_that_matter_make_a_selector_a_restriction()
    {
        Put(Objects.Node("n1", "\"labels\":{\"gpu\":\"true\"}"), Objects.Node("n2", "\"labels\":{\"gpu\":\"true\"}"), Objects.Node("cpu", gpus: "0"));
        Put(Waiting("p", "\"nodeSelector\":{\"gpu\":\"true\"}"));
        var filter = Assert.Single(_model.List().Workloads).Nodes!;

        Assert.Null(filter.Admitted());
        Put(Objects.Node("n3"));
        Assert.Equal(["n1", "n2"], filter.Admitted()!.Order());
        _model.Apply(new Change<Node>.Deleted(Objects.Node("n3")));
        Assert.Null(filter.Admitted());
    }

    private static Node Reborn(string uid, string version, string spec = "") => Objects.Node(metadata: $"\"uid\":\"{uid}\",\"resourceVersion\":\"{version}\"", spec: spec);

    private static ulong Id(string name) => PodTranslation.IdOf($"u-{name}");

    private static Pod Pod(string name, string node, string metadata = "", string? uid = null, string scheduler = "pipeline") => Named(name, Objects.Asking("\"nvidia.com/gpu\":2", $"\"nodeName\":\"{node}\",\"schedulerName\":\"{scheduler}\"", metadata), uid);

    private static Pod Waiting(string name, string spec = "", string metadata = "")
        => Named(name, Objects.Asking("\"nvidia.com/gpu\":2", "\"schedulerName\":\"pipeline\"" + (spec.Length > 0 ? "," + spec : ""), metadata), null);

    private static Pod Named(string name, Pod pod, string? uid) => pod with { Metadata = pod.Metadata with { Name = name, Uid = uid ?? $"u-{name}" } };

    private static PodGroup Group(int min, string phase) => Objects.Read<PodGroup>(
        "{\"metadata\":{\"name\":\"job\",\"namespace\":\"team\",\"uid\":\"g\"},\"spec\":{\"minMember\":" + min + "},\"status\":{\"phase\":\"" + phase + "\"}}");

    private static HyperNode Rack(int tier) => Objects.Read<HyperNode>("{\"metadata\":{\"name\":\"r1\"},\"spec\":{\"tier\":" + tier + ",\"tierName\":\"rack\"}}");

    private void Put(params ReadOnlySpan<Node> nodes)
    {
        foreach (var node in nodes)
            _model.Apply(new Change<Node>.Put(node));
    }

    private void Put(params ReadOnlySpan<Pod> pods)
    {
        foreach (var pod in pods)
            _model.Apply(new Change<Pod>.Put(pod));
    }

    private ClusterNode NodeTold() => Assert.IsType<ClusterEvent.NodeChanged>(Assert.Single(Events())).Node;

    private List<ClusterEvent> Events()
    {
        var events = new List<ClusterEvent>();
        while (_model.TryTake(out var change))
            events.Add(change);
        return events;
    }
}
