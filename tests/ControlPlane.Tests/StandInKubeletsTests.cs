using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane.Tests;

public sealed class StandInKubeletsTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private ApiAccess Api => cluster.Plane.Api;

    [ControlPlaneFact]
    public async Task A_new_node_is_ready_and_takes_pods()
    {
        var name = await NodeAsync("ready-");

        var node = await Api.GetAsync($"/api/v1/nodes/{name}");
        Assert.Equal("ready-0001", name);
        Assert.Equal("True", ReadyOf(node));
        Assert.Null(node["spec"]!["taints"]);
        Assert.Equal("8", (string?)node["status"]!["allocatable"]!["nvidia.com/gpu"]);
        Assert.Equal("ready", (string?)node["metadata"]!["labels"]!["nvidia.com/gpu.product"]);
    }

    [ControlPlaneFact]
    public async Task Its_lease_is_renewed_until_it_stops()
    {
        var name = await NodeAsync("lease-");
        var first = await RenewTimeAsync(name);
        await Eventually.TrueAsync("a renewal", Bound, async () => await RenewTimeAsync(name) != first);

        cluster.Kubelets.StopNode(name);
        var other = await NodeAsync("lives-");
        // Two intervals of a node that lives, in which this one would have been renewed.
        for (var i = 0; i < 3; i++)
        {
            first = await RenewTimeAsync(name);
            var seen = await RenewTimeAsync(other);
            await Eventually.TrueAsync("a renewal of the other", Bound, async () => await RenewTimeAsync(other) != seen);
        }

        Assert.Equal(first, await RenewTimeAsync(name));
    }

    [ControlPlaneFact]
    public async Task A_pod_that_the_scheduler_binds_runs_and_a_deleted_one_goes_away()
    {
        var node = await NodeAsync("scheduled-");
        var pod = Pods.Of("scheduled", gpus: 8);
        pod["spec"]!["nodeSelector"] = new JsonObject { ["nvidia.com/gpu.product"] = "scheduled" };
        await Api.PostAsync(Pods.Path, pod);

        var running = await InPhaseAsync("scheduled", "Running");
        Assert.Equal(node, (string?)running["spec"]!["nodeName"]);
        Assert.NotNull(running["status"]!["podIP"]);
        Assert.True((bool)running["status"]!["containerStatuses"]![0]!["ready"]!);

        await Api.DeleteAsync($"{Pods.Path}/scheduled");
        await GoneAsync("scheduled");
    }

    [ControlPlaneFact]
    public async Task A_pod_for_which_its_node_has_no_gpus_left_is_rejected_until_others_are_gone()
    {
        var node = await NodeAsync("full-");
        await Api.PostAsync(Pods.Path, Pods.Of("first", gpus: 6, node));
        await InPhaseAsync("first", "Running");
        await Api.PostAsync(Pods.Path, Pods.Of("second", gpus: 3, node));

        var failed = await InPhaseAsync("second", "Failed");
        Assert.Equal("OutOfnvidia.com/gpu", (string?)failed["status"]!["reason"]);
        Assert.EndsWith("requested: 3, used: 6, capacity: 8", (string?)failed["status"]!["message"], StringComparison.Ordinal);
        // It is counted once the API server has answered, which may be after we have seen it.
        await Eventually.TrueAsync("a rejection", Bound, () => Task.FromResult(cluster.Kubelets.Rejections.Count(rejected => rejected.Node == node) == 1));

        await Api.DeleteAsync($"{Pods.Path}/first");
        await GoneAsync("first");
        await Api.PostAsync(Pods.Path, Pods.Of("third", gpus: 3, node));
        await InPhaseAsync("third", "Running");
    }

    [ControlPlaneFact]
    public async Task A_stopped_node_leaves_its_pods_as_they_are_and_catches_up_when_it_is_resumed()
    {
        var node = await NodeAsync("stopped-");
        await Api.PostAsync(Pods.Path, Pods.Of("left-alone", gpus: 1, node));
        await InPhaseAsync("left-alone", "Running");
        cluster.Kubelets.StopNode(node);
        await Api.DeleteAsync($"{Pods.Path}/left-alone");
        await Api.PostAsync(Pods.Path, Pods.Of("waits", gpus: 1, node));

        // A pod of another node that lives and dies meanwhile.
        await Api.PostAsync(Pods.Path, Pods.Of("elsewhere", gpus: 1, await NodeAsync("elsewhere-")));
        await InPhaseAsync("elsewhere", "Running");
        await Api.DeleteAsync($"{Pods.Path}/elsewhere");
        await GoneAsync("elsewhere");
        Assert.NotNull(await Api.FindAsync($"{Pods.Path}/left-alone"));
        Assert.Equal("Pending", PhaseOf(await Api.GetAsync($"{Pods.Path}/waits")));

        await cluster.Kubelets.ResumeNodeAsync(node);
        await GoneAsync("left-alone");
        await InPhaseAsync("waits", "Running");
    }

    [ControlPlaneFact]
    public async Task A_node_that_somebody_says_is_not_ready_says_that_it_is()
    {
        var node = await NodeAsync("said-");
        var unknown = JsonNode.Parse("""{"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown"}]}}""")!;
        var written = await Api.PatchAsync($"/api/v1/nodes/{node}/status", unknown, ApiAccess.StrategicMergePatch);
        Assert.Equal("Unknown", ReadyOf(written));

        await Eventually.TrueAsync("readiness", Bound, async () => ReadyOf(await Api.GetAsync($"/api/v1/nodes/{node}")) == "True");
    }

    [ControlPlaneFact]
    public async Task Kubelets_go_on_after_the_api_server_was_away()
    {
        var node = await NodeAsync("patient-");
        await Api.PostAsync(Pods.Path, Pods.Of("old", gpus: 1, node));
        await InPhaseAsync("old", "Running");
        cluster.Plane.ApiServer.Kill();
        await cluster.Plane.RestartApiServerAsync();

        await Api.DeleteAsync($"{Pods.Path}/old");
        await GoneAsync("old");
        await Api.PostAsync(Pods.Path, Pods.Of("new", gpus: 8, node));
        await InPhaseAsync("new", "Running");
        var seen = await RenewTimeAsync(node);
        await Eventually.TrueAsync("a renewal", Bound, async () => await RenewTimeAsync(node) != seen);
    }

    [ControlPlaneFact]
    public async Task A_pod_keeps_its_address_when_a_step_whose_answer_was_lost_is_taken_again()
    {
        const string node = "not-of-the-other-kubelets";
        await Api.PostAsync(Pods.Path, Pods.Of("repeated", gpus: 1, node));
        var pod = Pod.Of(await Api.DeleteAsync($"{Pods.Path}/repeated"));

        await WorkAsync(node, [new PodAction(pod, PodStep.Run), new PodAction(pod, PodStep.Run), new PodAction(pod, PodStep.Delete)], () => GoneAsync("repeated"));
    }

    [ControlPlaneFact]
    public async Task A_pod_that_has_ended_before_its_kubelet_ran_it_stays_ended_and_the_others_run()
    {
        const string node = "too-late";
        var early = Pods.Of("ended-early", gpus: 1, node);
        early["spec"]!["restartPolicy"] = "Never";
        var pod = Pod.Of(await Api.PostAsync(Pods.Path, early));
        var next = Pod.Of(await Api.PostAsync(Pods.Path, Pods.Of("next", gpus: 1, node)));
        await Api.PatchAsync($"{Pods.Path}/ended-early/status", JsonNode.Parse(
            """{"status":{"phase":"Succeeded","containerStatuses":[{"name":"main","image":"","imageID":"","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":0}}}]}}""")!);

        await WorkAsync(node, [new PodAction(pod, PodStep.Run), new PodAction(next, PodStep.Run)], () => InPhaseAsync("next", "Running"));
        Assert.Equal("Succeeded", PhaseOf(await Api.GetAsync($"{Pods.Path}/ended-early")));
    }

    /// <summary>Takes steps on a node of which the other kubelets know nothing, one after the other, and fails when that ends before it is stopped.</summary>
    private async Task WorkAsync(string node, PodAction[] steps, Func<Task> until)
    {
        var table = new PodTable();
        table.AddNode(node, new Resources());
        var workers = new PodWorkers(Api, table, new KubeletOptions { Parallelism = 1, TerminationSpeed = 300 }, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var work = workers.RunAsync(stop.Token);

        workers.Add(steps);

        await await Task.WhenAny(work, until());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    /// <summary>A node in a machine group of its own, so that no other test's pod comes to it.</summary>
    private async Task<string> NodeAsync(string prefix)
        => Assert.Single(await cluster.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = prefix, Group = prefix.TrimEnd('-') }));

    private async Task<string?> RenewTimeAsync(string node)
        => (string?)(await Api.GetAsync($"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node}"))["spec"]!["renewTime"];

    private async Task<JsonNode> InPhaseAsync(string name, string phase)
    {
        JsonNode? pod = null;
        await Eventually.TrueAsync($"phase {phase} of {name}", Bound, async () =>
        {
            pod = await Api.GetAsync($"{Pods.Path}/{name}");
            return PhaseOf(pod) == phase;
        }, () => $"{pod}\n{cluster.Plane.LogTails}");
        return pod!;
    }

    private Task GoneAsync(string name) => Eventually.TrueAsync(
        $"the end of {name}", Bound, async () => await Api.FindAsync($"{Pods.Path}/{name}") is null, () => cluster.Plane.LogTails);

    private static string? PhaseOf(JsonNode pod) => (string?)pod["status"]!["phase"];

    private static string? ReadyOf(JsonNode node)
        => (string?)((JsonArray)node["status"]!["conditions"]!).Single(condition => (string?)condition!["type"] == "Ready")!["status"];
}
