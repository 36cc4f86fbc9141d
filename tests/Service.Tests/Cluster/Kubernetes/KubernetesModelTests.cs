using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public class KubernetesModelTests
{
    private const string OurTaint = """{"key":"pipeline.gpu/quarantined","value":"r-1","effect":"NoSchedule"}""";
    private const string OtherTaint = """{"key":"other","value":"a","effect":"PreferNoSchedule"}""";

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

    [Theory]
    [InlineData("taken off", "kubectl-taint", OtherTaint, "r-1", "")]
    [InlineData("written again by the node lifecycle controller", "kube-controller-manager", OtherTaint, "", "r-1")]
    [InlineData("overwritten by one who adds", "x", OtherTaint + ",{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoSchedule\"}", "", "r-1")]
    [InlineData("overwritten by one who removes", "x", "", "", "r-1")]
    [InlineData("overwritten by one who changes", "x", "{\"key\":\"other\",\"value\":\"b\",\"effect\":\"PreferNoSchedule\"}", "", "r-1")]
    public void A_taint_that_went_with_a_write_about_other_taints_was_taken_off_by_nobody(string how, string manager, string taints, string lifted, string lost)
    {
        Put(Marked(OurTaint + "," + OtherTaint));
        _model.List();

        Put(Marked(taints, manager: manager));
        // Until it is back, whatever else is written.
        Put(Marked(taints, gpus: "4"));

        var node = NodeTold();
        Assert.Equal((how, "r-1", lifted, lost), (how, node.Mark, node.Lifted, node.Lost));
    }

    [Theory]
    [InlineData("kubectl-taint", "r-1", "")]
    [InlineData("kube-controller-manager", "", "r-1")]
    public void A_taint_that_was_gone_before_the_node_was_known_was_taken_off_by_who_wrote_the_taints_last(string manager, string lifted, string lost)
    {
        Put(Marked(OtherTaint, manager: manager));

        var node = Assert.Single(_model.List().Nodes);
        Assert.Equal(("r-1", lifted, lost), (node.Mark, node.Lifted, node.Lost));
    }

    [Fact]
    public void A_lost_taint_is_one_until_it_is_back_or_a_person_opens_the_node()
    {
        Put(Marked(OurTaint));
        _model.List();

        Put(Marked(OtherTaint));
        Assert.Equal("r-1", NodeTold().Lost);
        Put(Marked(OurTaint + "," + OtherTaint));
        Assert.Equal("", NodeTold().Lost);
        Put(Marked(""));
        Assert.Equal("r-1", NodeTold().Lost);
        Put(Marked("", cordoned: false));
        Assert.Equal(("r-1", ""), NodeTold() is var opened ? (opened.Lifted, opened.Lost) : default);
    }

    [Fact]
    public void A_taint_that_is_lost_again_before_anybody_heard_that_it_was_back_is_news()
    {
        Put(Marked(OurTaint));
        _model.List();
        Put(Marked(OtherTaint));
        Assert.Equal("r-1", NodeTold().Lost);

        Put(Marked(OurTaint + "," + OtherTaint));
        Put(Marked("{\"key\":\"other\",\"value\":\"b\",\"effect\":\"PreferNoSchedule\"}"));
        Assert.Equal("r-1", NodeTold().Lost);
        Put(Marked(OtherTaint));
        Assert.Empty(Events());
    }

    [Fact]
    public void A_mark_that_is_taken_off_as_a_whole_opens_the_node()
    {
        Put(Marked(OurTaint));
        _model.List();

        Put(Objects.Node());
        Assert.Equal(("", "r-1"), NodeTold() is var opened ? (opened.Mark, opened.Lifted) : default);
        Put(Objects.Node(gpus: "4"));
        Assert.Equal("", NodeTold().Lifted);
        Put(Marked(OurTaint, gpus: "4"));
        Put(Objects.Node(gpus: "4"));
        Assert.Equal("r-1", NodeTold().Lifted);
    }

    [Fact]
    public void A_mark_that_was_taken_off_before_a_listing_opens_the_node()
    {
        Put(Marked(OurTaint));
        _model.List();

        Put(Objects.Node());

        var node = Assert.Single(_model.List().Nodes);
        Assert.Equal(("", "r-1"), (node.Mark, node.Lifted));
        Assert.Empty(Events());
        Assert.Equal("", Assert.Single(_model.List().Nodes).Lifted);
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
    public void A_mark_that_is_back_before_anybody_heard_that_it_was_gone_is_news()
    {
        Put(Objects.Node(spec: $"\"taints\":[{OurTaint}]"));
        _model.List();

        Put(Objects.Node());
        Put(Objects.Node(spec: $"\"taints\":[{OurTaint}]"));

        Assert.Equal("r-1", NodeTold().Mark);
        Put(Objects.Node(spec: $"\"taints\":[{OurTaint}]"));
        Assert.Empty(Events());
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
    public void A_drain_has_nothing_to_do_with_what_belongs_to_the_node()
    {
        Put(
            Pod("web", "n1"),
            Pod("proxy", "n1", "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\",\"name\":\"proxy\",\"uid\":\"o\",\"controller\":true}]"),
            Pod("static", "n1", "\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}"),
            Pod("action", "n1", "\"labels\":{\"pipeline.gpu/action\":\"reboot\"}"));

        Assert.Equal(["team/web"], _model.WorkloadsOn("n1").Select(workload => workload.Name));
        var budgets = _model.List().Budgets;
        Assert.Equal(new ClusterBudget("team/(pinned)", 0), Assert.Single(budgets));
    }

    [Fact]
    public void A_pod_is_under_the_budgets_whose_selector_it_matches()
    {
        Put(Objects.Node("n1"));
        Put(Pod("a", "n1", "\"labels\":{\"app\":\"web\"}"), Pod("b", "n1", "\"labels\":{\"app\":\"db\"}"));
        _model.List();

        Put(Budget("web", "\"app\":\"web\"", allowed: 2));
        Assert.Collection(
            Events(),
            budget => Assert.Equal(new ClusterBudget("team/web", 2), Assert.IsType<ClusterEvent.BudgetChanged>(budget).Budget),
            pod => Assert.Equal(("team/a", "web"), Assert.IsType<ClusterEvent.WorkloadBound>(pod).Workload is var a ? (a.Name, a.Labels.Budget) : default));
        Put(Budget("web", "\"app\":\"web\"", allowed: 1));
        Assert.Equal(new ClusterBudget("team/web", 1), Assert.IsType<ClusterEvent.BudgetChanged>(Assert.Single(Events())).Budget);
        Put(Budget("web", "\"app\":\"web\"", allowed: 5, generation: 2));
        Assert.Equal(new ClusterBudget("team/web", 0), Assert.Single(Events().OfType<ClusterEvent.BudgetChanged>()).Budget);

        // Nobody can evict what is under two (the Eviction API refuses it).
        Put(Budget("all", "", allowed: 9));
        Assert.Empty(Events().OfType<ClusterEvent.WorkloadBound>());
        _model.EmptySelectsAll = true;
        Put(Budget("all", "", allowed: 9, generation: 2, observed: 2));
        var events = Events();
        Assert.Contains(new ClusterEvent.BudgetChanged(new ClusterBudget("team/all+web", 0)), events);
        Assert.Equal(["all+web", "all"], events.OfType<ClusterEvent.WorkloadBound>().OrderBy(pod => pod.Workload.Name).Select(pod => pod.Workload.Labels.Budget));
    }

    [Fact]
    public void A_budget_that_is_deleted_is_told_with_those_that_were_made_up_of_it()
    {
        Put(Objects.Node("n1"));
        Put(Pod("a", "n1", "\"labels\":{\"app\":\"web\",\"job\":\"1\"}"));
        Put(Budget("web", "\"app\":\"web\"", allowed: 2));
        Put(Budget("job-1", "\"job\":\"1\"", allowed: 2));
        Assert.Equal(["job-1+web"], _model.List().Workloads.Select(workload => workload.Labels.Budget));
        Assert.Equal(["team/job-1", "team/job-1+web", "team/web"], _model.List().Budgets.Select(budget => budget.Name).Order(StringComparer.Ordinal));

        _model.Apply(new Change<PodDisruptionBudget>.Deleted(Budget("job-1", "\"job\":\"1\"", allowed: 2)));
        var events = Events();
        Assert.Equal(["team/job-1", "team/job-1+web"], events.OfType<ClusterEvent.BudgetDeleted>().Select(gone => gone.Name).Order(StringComparer.Ordinal));
        Assert.Equal("web", Assert.Single(events.OfType<ClusterEvent.WorkloadBound>()).Workload.Labels.Budget);
        Assert.Equal("team/web", Assert.Single(_model.List().Budgets).Name);
        _model.Apply(new Change<PodDisruptionBudget>.Deleted(Budget("web", "\"app\":\"web\"", allowed: 2)));
        Put(Budget("web", "\"app\":\"web\"", allowed: 2));
        Assert.Empty(Events().OfType<ClusterEvent.BudgetDeleted>());
    }

    [Fact]
    public void The_budget_of_pods_that_nobody_evicts_is_forgotten_with_the_last_of_them()
    {
        var foreign = new[] { Pod("a", "n1", scheduler: "other"), Pod("b", "n1", scheduler: "other"), Pod("c", "n1", scheduler: "other") };
        Put(Objects.Node("n1"));
        Put(foreign[0]);
        Assert.Equal("team/(pinned)", Assert.Single(_model.List().Budgets).Name);
        Put(foreign[1]);
        Events();

        _model.Apply(new Change<Pod>.Deleted(foreign[0]));
        Assert.Equal([new ClusterEvent.WorkloadDeleted(Id("a"))], Events());
        _model.Apply(new Change<Pod>.Deleted(foreign[1]));
        Assert.Equal([new ClusterEvent.WorkloadDeleted(Id("b")), new ClusterEvent.BudgetDeleted("team/(pinned)")], Events());
        Put(foreign[2]);
        Assert.Collection(
            Events(),
            budget => Assert.Equal(new ClusterBudget("team/(pinned)", 0), Assert.IsType<ClusterEvent.BudgetChanged>(budget).Budget),
            pod => Assert.Equal("(pinned)", Assert.IsType<ClusterEvent.WorkloadBound>(pod).Workload.Labels.Budget));

        _model.Apply(new Change<Pod>.Replaced([]));
        Assert.Empty(_model.List().Budgets);
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

    private static PodDisruptionBudget Budget(string name, string labels, int allowed, int generation = 1, int observed = 1) => Objects.Read<PodDisruptionBudget>(
        "{\"metadata\":{\"name\":\"" + name + "\",\"namespace\":\"team\",\"uid\":\"b-" + name + "\",\"generation\":" + generation + "},\"spec\":{\"selector\":{\"matchLabels\":{" + labels
        + "}}},\"status\":{\"observedGeneration\":" + observed + ",\"disruptionsAllowed\":" + allowed + "}}");

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

    private void Put(PodDisruptionBudget budget) => _model.Apply(new Change<PodDisruptionBudget>.Put(budget));

    private static Node Marked(string taints, bool cordoned = true, string gpus = "8", string manager = "x") => Objects.Node(
        metadata: "\"annotations\":{\"pipeline.gpu/run\":\"r-1\",\"pipeline.gpu/cordon-owner\":\"r-1\"},"
            + $"\"managedFields\":[{{\"manager\":\"{manager}\",\"operation\":\"Update\",\"fieldsV1\":{{\"f:spec\":{{\"f:taints\":{{}}}}}}}}]",
        spec: $"\"unschedulable\":{(cordoned ? "true" : "false")},\"taints\":[{taints}]",
        gpus: gpus);

    private ClusterNode NodeTold() => Assert.IsType<ClusterEvent.NodeChanged>(Assert.Single(Events())).Node;

    private List<ClusterEvent> Events()
    {
        var events = new List<ClusterEvent>();
        while (_model.TryTake(out var change))
            events.Add(change);
        return events;
    }
}
