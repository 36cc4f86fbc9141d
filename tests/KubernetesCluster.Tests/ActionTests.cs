using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Actions on nodes are pods, started once and asked about by their key.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class ActionTests(ClusterFixture fixture)
{
    private const string Pods = "/api/v1/namespaces/pipeline-system/pods";

    [ControlPlaneFact]
    public async Task An_action_is_started_once_and_ends_as_its_pod_does()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "act-" }))[0];
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);
        var action = new NodeAction("r-1/3", node, NodeActionKind.GpuReset, 0b101);

        Assert.Equal(ActionState.Unknown, (await actions.GetAsync(action.Key, default)).State);
        Assert.Equal(ActionState.Running, (await actions.StartAsync(action, default)).State);
        Assert.Equal(ActionState.Running, (await actions.StartAsync(action, default)).State);
        var pod = Assert.Single((IEnumerable<JsonNode?>)await PodsOfAsync(node))!;
        Assert.Equal((node, true, "0,2"), ((string?)pod["spec"]!["nodeName"], (bool?)pod["spec"]!["hostPID"], VariableOf(pod, "PIPELINE_GPUS")));

        await EndAsync(pod, "Failed", 3, "GPU 2 does not come back");
        var status = await actions.GetAsync(action.Key, default);
        Assert.Equal((ActionState.Failed, "GPU 2 does not come back"), (status.State, status.Detail));
        Assert.Equal(ActionState.Failed, (await actions.StartAsync(action, default)).State);
    }

    [ControlPlaneFact]
    public async Task An_action_that_is_started_again_much_later_is_still_the_one_that_ended_long_ago()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "late-" }))[0];
        using var client = Client();
        var time = new ShiftedTime();
        var actions = new KubernetesNodeActions(client, Options(), time);
        var (action, other) = (new NodeAction("r-6/1", node, NodeActionKind.GpuReset, 0), new NodeAction("r-6/2", node, NodeActionKind.GpuReset, 0));
        await actions.StartAsync(action, default);
        await EndAsync((await PodsOfAsync(node))[0]!, "Succeeded", 0, "");

        time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(ActionState.Succeeded, (await actions.StartAsync(action, default)).State);
        await actions.StartAsync(other, default);
        Assert.Equal(ActionState.Unknown, (await actions.GetAsync(action.Key, default)).State);
    }

    [ControlPlaneFact]
    public async Task A_reboot_has_succeeded_when_the_node_is_back_from_another_boot()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "boot-" }))[0];
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);
        await actions.StartAsync(new NodeAction("r-2/1", node, NodeActionKind.Reboot, 0), default);
        var pod = Assert.Single((IEnumerable<JsonNode?>)await PodsOfAsync(node))!;
        await EndAsync(pod, "Succeeded", 0, "");
        Assert.Equal(ActionState.Running, (await actions.GetAsync("r-2/1", default)).State);

        await SetReadyAsync(node, "True", boot: "second");
        Assert.Equal(ActionState.Succeeded, (await actions.GetAsync("r-2/1", default)).State);
    }

    [ControlPlaneFact]
    public async Task A_node_that_hangs_is_power_cycled_from_another_one()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "bmc-" }))[0];
        using var client = Client();
        var options = Options();
        options.Actions["PowerCycle"] = new ActionOptions { Image = "ipmi:1", Command = ["cycle"], OnNode = false, Secret = "bmc" };
        var actions = new KubernetesNodeActions(client, options, TimeProvider.System);
        await SetReadyAsync(node, "Unknown");

        await actions.StartAsync(new NodeAction("r-11/1", node, NodeActionKind.PowerCycle, 0), default);
        var pod = (await PodsOfAsync(node))[0]!;
        var (spec, container) = (pod["spec"]!, pod["spec"]!["containers"]![0]!);
        var term = spec["affinity"]!["nodeAffinity"]!["requiredDuringSchedulingIgnoredDuringExecution"]!["nodeSelectorTerms"]![0]!["matchFields"]![0]!;
        Assert.Equal(("metadata.name", "NotIn", node), ((string?)term["key"], (string?)term["operator"], (string?)term["values"]![0]));
        Assert.Equal("bmc", (string?)container["envFrom"]![0]!["secretRef"]!["name"]);
        Assert.Equal(node, VariableOf(pod, "PIPELINE_NODE"));
        Assert.True(container["securityContext"]?["privileged"] is null && spec["hostPID"] is null && spec["volumes"] is null);
        await EndAsync(pod, "Failed", 1, "the BMC does not answer");
        Assert.Equal((ActionState.Failed, "the BMC does not answer"), await actions.GetAsync("r-11/1", default) is var failed ? (failed.State, failed.Detail) : default);

        await actions.StartAsync(new NodeAction("r-11/2", node, NodeActionKind.PowerCycle, 0), default);
        await EndAsync((await PodsOfAsync(node)).Single(one => KeyOf(one!) == "r-11/2")!, "Succeeded", 0, "");
        Assert.Equal(ActionState.Running, (await actions.GetAsync("r-11/2", default)).State);
        await SetReadyAsync(node, "True", boot: "second");
        Assert.Equal(ActionState.Succeeded, (await actions.GetAsync("r-11/2", default)).State);
    }

    /// <summary>A node that was away would carry them out when it is back.</summary>
    [ControlPlaneFact]
    public async Task What_a_run_no_longer_waits_for_is_called_off()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "off-" }))[0];
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);
        await using var world = World.Without(fixture, configure: options => options.Actions["Reboot"] = Options().Actions["Reboot"]);
        await world.Cluster.MarkAsync(new NodeMark(node, "r-8", "Quarantined", "Drain") { Attempt = 1 }, default);
        foreach (var key in new[] { "r-7/3", "r-8/2", "r-8/10" })
            await client.CreateAsync(Pipeline.Kubernetes.Kinds.Pods, PodFor(key, node));

        await world.Cluster.MarkAsync(new NodeMark(node, "r-8", "Acting", "Reboot") { Attempt = 2 }, default);
        Assert.Equal(["r-8/10", "r-8/2"], await KeysAsync(node));
        await actions.StartAsync(new NodeAction("r-8/11", node, NodeActionKind.Reboot, 0), default);
        Assert.Equal(["r-8/11"], await KeysAsync(node));
        await world.Cluster.MarkAsync(new NodeMark(node, "r-8", "Verifying", "HealthCheck") { Attempt = 11 }, default);
        Assert.Equal(["r-8/11"], await KeysAsync(node));
        await world.Cluster.MarkAsync(new NodeMark(node, "r-8", "Escalated", "Escalate") { Attempt = 11 }, default);
        Assert.Empty(await KeysAsync(node));

        await actions.StartAsync(new NodeAction("r-8/12", node, NodeActionKind.GpuReset, 0), default);
        await actions.StartAsync(new NodeAction("r-9/1", node, NodeActionKind.GpuReset, 0), default);
        await client.CreateAsync(Pipeline.Kubernetes.Kinds.Pods, PodFor("r-8/13", node));
        await EndAsync((await PodsOfAsync(node)).Single(pod => KeyOf(pod!) == "r-8/13")!, "Succeeded", 0, "");
        await world.Cluster.UnmarkAsync(node, "r-8", default);
        Assert.Equal(["r-8/13", "r-9/1"], await KeysAsync(node));
        Assert.DoesNotContain("pipeline.gpu", (await world.NodeAsync(node)).ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>A label has 63 characters at most, the name of a node 253.</summary>
    [ControlPlaneFact]
    public async Task A_node_with_a_long_name_is_acted_on_and_given_back()
    {
        var node = $"long-{new string('n', 60)}";
        await fixture.Plane.Api.PostAsync("/api/v1/nodes", new JsonObject { ["metadata"] = new JsonObject { ["name"] = node } });
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);
        await using var world = World.Without(fixture, configure: options => options.Actions["Reboot"] = Options().Actions["Reboot"]);

        await SetReadyAsync(node, "True");
        await world.Cluster.MarkAsync(new NodeMark(node, "r-12", "Acting", "Reboot") { Attempt = 2 }, default);
        Assert.Equal(ActionState.Running, (await actions.StartAsync(new NodeAction("r-12/2", node, NodeActionKind.Reboot, 0), default)).State);
        await SetReadyAsync(node, "True", boot: "second");
        Assert.Equal(ActionState.Succeeded, (await actions.GetAsync("r-12/2", default)).State);
        await world.Cluster.UnmarkAsync(node, "r-12", default);

        Assert.Equal(ActionState.Unknown, (await actions.GetAsync("r-12/2", default)).State);
        Assert.DoesNotContain("pipeline.gpu", (await world.NodeAsync(node)).ToJsonString(), StringComparison.Ordinal);
        await fixture.Plane.Api.DeleteAsync($"/api/v1/nodes/{node}");
    }

    [ControlPlaneFact]
    public async Task What_nobody_has_configured_fails_and_says_so()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "none-" }))[0];
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);

        var status = await actions.StartAsync(new NodeAction("r-3/1", node, NodeActionKind.PowerCycle, 0), default);

        Assert.Equal((ActionState.Failed, true), (status.State, status.Detail.Contains("Kubernetes:Actions:PowerCycle", StringComparison.Ordinal)));
        Assert.Equal("No node is named 'nowhere'.", (await actions.StartAsync(new NodeAction("r-3/2", "nowhere", NodeActionKind.Reboot, 0), default)).Detail);
        Assert.Empty(await PodsOfAsync(node));
    }

    [ControlPlaneFact]
    public async Task An_action_whose_pod_a_quota_forbids_fails_at_once_with_the_words_of_the_server_and_one_that_has_begun_is_known_all_the_same()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, new NodeTemplate { Prefix = "quota-" });
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);
        var begun = new NodeAction("r-4/1", nodes[0], NodeActionKind.GpuReset, 0);
        await actions.StartAsync(begun, default);

        await using var quota = await PodQuota.ForbidAsync(fixture.Plane, "pipeline-system");
        var refused = await actions.StartAsync(new NodeAction("r-5/1", nodes[1], NodeActionKind.Reboot, 0), default);

        Assert.Equal(ActionState.Failed, refused.State);
        Assert.Contains("exceeded quota: no-pods", refused.Detail, StringComparison.Ordinal);
        Assert.Equal(ActionState.Unknown, (await actions.GetAsync("r-5/1", default)).State);
        Assert.Equal(ActionState.Running, (await actions.StartAsync(begun, default)).State);
    }

    [ControlPlaneFact]
    public async Task An_action_whose_pod_is_not_valid_fails_at_once_with_the_field()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "invalid-" }))[0];
        using var client = Client();
        var options = Options();
        options.Actions["Reboot"] = new ActionOptions { Image = " repair:1", Command = ["act"] };

        var refused = await new KubernetesNodeActions(client, options, TimeProvider.System).StartAsync(new NodeAction("r-10/1", node, NodeActionKind.Reboot, 0), default);

        Assert.Equal(ActionState.Failed, refused.State);
        Assert.Contains("spec.containers[0].image", refused.Detail, StringComparison.Ordinal);
    }

    [ControlPlaneTheory]
    [InlineData(1, true)]
    [InlineData(6, false)]
    public async Task An_examination_tells_every_problem_and_leaves_no_pod(int minutesReady, bool isComingUp)
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "exam-" }))[0];
        await SetReadyAsync(node, "True", since: TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(minutesReady));
        using var client = Client();
        var actions = new KubernetesNodeActions(client, Options(), TimeProvider.System);

        var examining = actions.CheckHealthAsync(node, default);
        await World.UntilAsync("the running pod", async () => (await PodsOfAsync(node)) is [{ } pod] && (string?)pod["status"]!["phase"] == "Running");
        await EndAsync((await PodsOfAsync(node))[0]!, "Failed", 1, "GPU 3: fell off the bus\nport mlx5_0: down\n");

        var report = await examining;
        Assert.Equal((false, "GPU 3: fell off the bus|port mlx5_0: down"), (report.Healthy, string.Join('|', report.Problems)));
        Assert.Equal(isComingUp, report.IsComingUp);
        await World.UntilAsync("the end of the pod", async () => (await PodsOfAsync(node)).Count == 0);
    }

    private static KubernetesOptions Options()
    {
        var options = new KubernetesOptions();
        foreach (var kind in new[] { "GpuReset", "Reboot", "HealthCheck" })
            options.Actions[kind] = new ActionOptions { Image = "repair:1", Command = ["act"] };
        options.Validate();
        return options;
    }

    private KubernetesClient Client()
        => new(ClusterAccessLoader.Load(fixture.Kubeconfig, null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);

    private Task<JsonNode> SetReadyAsync(string node, string ready, string boot = "first", DateTimeOffset since = default) => fixture.Plane.Api.PatchAsync($"/api/v1/nodes/{node}/status", new JsonObject
    {
        ["status"] = new JsonObject
        {
            ["nodeInfo"] = new JsonObject { ["bootID"] = boot },
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready, ["lastTransitionTime"] = since == default ? null : since.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) }),
        },
    }, ApiAccess.StrategicMergePatch);

    private static Pipeline.Kubernetes.Models.Pod PodFor(string key, string node)
        => ActionPods.Of(ActionPods.NameOf(key), "pipeline-system", key, "Reboot", node, 0, "", Options().Actions["Reboot"]);

    private static string? KeyOf(JsonNode pod) => (string?)pod["metadata"]!["annotations"]!["pipeline.gpu/action-key"];

    private async Task<IEnumerable<string?>> KeysAsync(string node) => (await PodsOfAsync(node)).Select(pod => KeyOf(pod!)).Order(StringComparer.Ordinal);

    private async Task<JsonArray> PodsOfAsync(string node) => (await fixture.Plane.Api.GetAsync($"{Pods}?labelSelector=pipeline.gpu/action-node%3D{node}"))["items"]!.AsArray();

    private Task<JsonNode> EndAsync(JsonNode pod, string phase, int code, string message) => fixture.Plane.Api.PatchAsync($"{Pods}/{pod["metadata"]!["name"]}/status", new JsonObject
    {
        ["status"] = new JsonObject
        {
            ["phase"] = phase,
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "action",
                ["image"] = "",
                ["imageID"] = "",
                ["ready"] = false,
                ["restartCount"] = 0,
                ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = code, ["message"] = message } },
            }),
        },
    });

    private static string? VariableOf(JsonNode pod, string name)
        => pod["spec"]!["containers"]![0]!["env"]!.AsArray().Where(variable => (string?)variable!["name"] == name).Select(variable => (string?)variable!["value"]).SingleOrDefault();
}
