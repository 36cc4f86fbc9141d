using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

/// <summary>From the place of a pod to the volumes on its node.</summary>
public class PreparationTests
{
    private const string Selected = "\"volume.kubernetes.io/selected-node\":\"a\"";

    private readonly KubernetesModel _model = new(new KubernetesOptions(), _ => { });
    private bool _late;

    public PreparationTests()
    {
        foreach (var node in (string[])["a", "b"])
            _model.Apply(new Change<Node>.Put(Storage.Host(node)));
    }

    [Fact]
    public void Volumes_are_needed_from_the_first_pod_of_ours_that_names_a_claim()
    {
        Put(Pod("plain", claim: null), Pod("foreign", scheduler: "default-scheduler"), Pod("bound", node: "a"));
        Assert.False(_model.VolumesNeeded.IsCompleted);
        Put(Pod("p"));
        Assert.True(_model.VolumesNeeded.IsCompleted);
    }

    [Fact]
    public void A_pod_waits_until_volumes_are_read_and_for_what_its_claim_lacks()
    {
        Put(Pod("p"));
        Assert.Equal("the volumes of the cluster have not been read yet", Assert.Single(_model.List().Workloads).Refusal);

        Storage.Read(_model);
        Assert.Equal("PersistentVolumeClaim 'data' does not exist", Told().Refusal);
        Put(Storage.Class(provisioner: "x"));
        Put(Storage.Claim());
        Assert.Equal(("", null), Told() is var told ? (told.Refusal, told.Nodes!.Admitted()) : default);
        _model.Apply(new Change<PersistentVolumeClaim>.Deleted(Storage.Claim()));
        Assert.Equal("PersistentVolumeClaim 'data' does not exist", Told().Refusal);
    }

    [Fact]
    public void The_provisioner_is_told_the_node_once_and_the_place_is_kept_until_the_claim_is_bound()
    {
        Provisioned();
        var step = Prepare("a");
        Assert.Equal((Readiness.Preparing, "data"), (step.Readiness, Assert.Single(step.ToSelect).Name.Name));

        _model.Selected(Id("p"), Storage.Claim(notes: Selected, version: 2));
        Assert.Equal(new ClusterEvent.WorkloadPrepared(Id("p")), Assert.Single(Events()));
        Assert.Empty(Prepare("a").ToSelect);
        Put(Storage.Bound("v", version: 3));
        Assert.IsType<ClusterEvent.WorkloadPrepared>(Assert.Single(Events()));
        Assert.Equal(Readiness.Preparing, Prepare("a").Readiness);
        Put(Storage.Volume("v", "a", phase: "Bound", spec: Storage.For("data", "c-data")));
        Assert.IsType<ClusterEvent.WorkloadPrepared>(Assert.Single(Events()));

        Assert.Equal(Readiness.Ready, Prepare("a").Readiness);
        Assert.True(_model.IsPreparing(Id("p")));
        _model.Bound(Id("p"), "a", new Dictionary<string, string>());
        Assert.False(_model.IsPreparing(Id("p")));
        Assert.IsType<ClusterEvent.WorkloadBound>(Assert.Single(Events()));
    }

    [Fact]
    public void A_node_that_the_provisioner_refuses_is_given_up_and_avoided_until_it_may_be_tried_again()
    {
        Provisioned();
        Prepare("a");
        _model.Selected(Id("p"), Storage.Claim(notes: Selected, version: 2));
        // Older news of the claim than our write are no refusal.
        Put(Storage.Claim(version: 1));
        Assert.Equal(Readiness.Preparing, Prepare("a").Readiness);
        Events();
        Put(Storage.Claim(version: 3));

        var step = Prepare("a");
        Assert.Equal((Readiness.Refused, true, "the volume of PersistentVolumeClaim 'data' cannot be made for node a"), (step.Readiness, step.IsRejected, step.Problem));
        Assert.Equal(["b"], Told().Nodes!.Admitted()!);
        _model.AllowAgain(Id("p"), "a");
        Assert.Null(Told().Nodes!.Admitted());
    }

    [Fact]
    public void A_place_is_given_up_when_its_time_is_over_the_claim_is_gone_or_another_pod_has_chosen_the_node()
    {
        Provisioned();
        Prepare("a");
        _late = true;
        Assert.Equal((Readiness.Refused, "the pod's volumes have not come to node a in time"), Prepare("a") is var late ? (late.Readiness, late.Problem) : default);

        _late = false;
        Prepare("b");
        Put(Storage.Claim(notes: Selected, version: 5));
        Assert.Equal(Readiness.Refused, Prepare("b").Readiness);
        Assert.Equal(["a"], Told().Nodes!.Admitted()!);

        Assert.Equal(Readiness.Preparing, Prepare("a").Readiness);
        _model.Apply(new Change<PersistentVolumeClaim>.Deleted(Storage.Claim()));
        Assert.Equal(Readiness.Refused, Prepare("a").Readiness);
        Assert.Equal("PersistentVolumeClaim 'data' does not exist", Told().Refusal);
    }

    [Fact]
    public void Two_pods_never_get_one_volume_and_what_the_server_does_not_take_is_free_again()
    {
        TwoPodsWantOneVolume();

        Assert.Equal("v", Assert.Single(Prepare("a").ToKeep).Volume.Name);
        Assert.Equal(Readiness.Refused, Prepare("a", "q").Readiness);
        Put(Storage.Volume("v", "a"));
        Assert.Equal(Readiness.Refused, Prepare("a", "q").Readiness);
        // Its answer was lost: it is asked for again.
        Assert.Equal("v", Assert.Single(Prepare("a").ToKeep).Volume.Name);
        _model.GiveUp(Id("p"));
        Assert.Equal("v", Assert.Single(Prepare("a", "q").ToKeep).Volume.Name);
        _model.Seen(Storage.Volume("v", "a", spec: Storage.For("y", "c-y"), version: 2));
        Assert.Equal((Readiness.Preparing, 0), Prepare("a", "q") is var step ? (step.Readiness, step.ToKeep.Count) : default);
        Assert.Equal(Readiness.Refused, Prepare("a").Readiness);
    }

    /// <summary>The volume controller marks the volume first, and completes the claim by another write.</summary>
    [Fact]
    public void A_place_is_kept_while_the_volume_is_bound_and_its_claim_not_yet()
    {
        TwoPodsWantOneVolume();
        Prepare("a");
        _model.Seen(Storage.Volume("v", "a", spec: Storage.For("x", "c-x"), version: 2));
        Put(Storage.Volume("v", "a", spec: Storage.For("x", "c-x"), phase: "Bound", version: 3));

        Assert.Equal((Readiness.Preparing, 0), Prepare("a") is var step ? (step.Readiness, step.ToKeep.Count) : default);
        Put(Storage.Bound("v", "x", version: 2));
        Assert.Equal(Readiness.Ready, Prepare("a").Readiness);
    }

    [Fact]
    public void A_volume_that_was_kept_for_a_claim_that_is_gone_is_free_again()
    {
        TwoPodsWantOneVolume();
        Prepare("a");

        _model.Apply(new Change<PersistentVolumeClaim>.Deleted(Storage.Claim("x")));

        Assert.Equal("v", Assert.Single(Prepare("a", "q").ToKeep).Volume.Name);
    }

    [Fact]
    public void Nodes_with_free_volumes_follow_the_volumes()
    {
        Storage.Read(_model);
        Put(Storage.Class());
        Put(Storage.Claim());
        Put(Pod("p"));
        var filter = Assert.Single(_model.List().Workloads).Nodes!;

        Assert.Empty(filter.Admitted()!);
        Put(Storage.Volume("v", "b"));
        Assert.Equal(["b"], filter.Admitted()!);
        Put(Storage.Volume("w", "a"));
        Assert.Null(filter.Admitted());
        _model.Apply(new Change<PersistentVolume>.Deleted(Storage.Volume("v")));
        Assert.Equal(["a"], filter.Admitted()!);
        Assert.Empty(Events());
    }

    [Fact]
    public void A_new_listing_takes_no_place_away_and_after_a_restart_the_selected_node_is_the_only_one()
    {
        Provisioned();
        Prepare("a");
        _model.Selected(Id("p"), Storage.Claim(notes: Selected, version: 2));

        Assert.Null(Assert.Single(_model.List().Workloads).Nodes!.Admitted());
        Assert.True(_model.IsPreparing(Id("p")));

        var started = new PreparationTests();
        started.Provisioned();
        started.Put(Storage.Claim(notes: Selected, version: 2));
        Assert.Equal(["a"], started.Told().Nodes!.Admitted()!);
        Assert.Equal((Readiness.Preparing, 0), started.Prepare("a") is var step ? (step.Readiness, step.ToSelect.Count) : default);
        started.Put(Storage.Claim(version: 3));
        Assert.True(started.Prepare("a").IsRejected);
    }

    private void TwoPodsWantOneVolume()
    {
        Storage.Read(_model);
        Put(Storage.Class());
        Put(Storage.Volume("v", "a"));
        Put(Storage.Claim("x"), Storage.Claim("y"));
        Put(Pod("p", "x"), Pod("q", "y"));
        _model.List();
    }

    private static ulong Id(string name) => PodTranslation.IdOf($"u-{name}");

    private static Pod Pod(string name, string? claim = "data", string scheduler = "pipeline", string? node = null)
    {
        var volumes = claim is null ? "" : $",\"volumes\":[{{\"name\":\"v\",\"persistentVolumeClaim\":{{\"claimName\":\"{claim}\"}}}}]";
        var pod = Objects.Asking("\"nvidia.com/gpu\":2", $"\"schedulerName\":\"{scheduler}\"{volumes}{(node is null ? "" : $",\"nodeName\":\"{node}\"")}");
        return pod with { Metadata = pod.Metadata with { Name = name, Uid = $"u-{name}" } };
    }

    private void Provisioned()
    {
        Storage.Read(_model);
        Put(Storage.Class(provisioner: "x"));
        Put(Storage.Claim());
        Put(Pod("p"));
        _model.List();
    }

    private VolumeStep Prepare(string node, string pod = "p") => _model.PrepareVolumes(Id(pod), node, 0, _ => _late);

    private void Put(StorageClass given) => _model.Apply(new Change<StorageClass>.Put(given));

    private void Put(PersistentVolume volume) => _model.Apply(new Change<PersistentVolume>.Put(volume));

    private void Put(params ReadOnlySpan<PersistentVolumeClaim> claims)
    {
        foreach (var claim in claims)
            _model.Apply(new Change<PersistentVolumeClaim>.Put(claim));
    }

    private void Put(params ReadOnlySpan<Pod> pods)
    {
        foreach (var pod in pods)
            _model.Apply(new Change<Pod>.Put(pod));
    }

    private ClusterWorkload Told() => Events().OfType<ClusterEvent.WorkloadPending>().Last().Workload;

    private List<ClusterEvent> Events()
    {
        var events = new List<ClusterEvent>();
        while (_model.TryTake(out var change))
            events.Add(change);
        return events;
    }
}
