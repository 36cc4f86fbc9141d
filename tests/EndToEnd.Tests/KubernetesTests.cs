using System.Net;
using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The product on a real API server: from the alert to the node that is back, past a budget that forbids the drain for a while.</summary>
public sealed class KubernetesTests
{
    private const string Node = "gpu-0001";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Budget = "/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets";
    private const string Actions = "/api/v1/namespaces/pipeline-system/pods";

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [ControlPlaneFact]
    public async Task A_node_is_marked_drained_as_its_budget_allows_acted_upon_and_given_back()
    {
        await using var plane = await ControlPlane.StartAsync(new ControlPlaneOptions { ControllerManager = true });
        await using var kubelets = StandInKubelets.Start(plane, new KubeletOptions { TerminationSpeed = 300 });
        await kubelets.AddNodesAsync(1);
        var kubeconfig = await ProductRights.InstallAsync(plane);
        var playbooks = ShortSoak();
        using var product = new Product(
            new Dictionary<string, string>
            {
                ["Playbooks:Directory"] = playbooks,
                ["Kubernetes:Actions:Reboot:Image"] = "repair:1",
                ["Kubernetes:Actions:Reboot:Command:0"] = "reboot",
                ["Kubernetes:Actions:HealthCheck:Image"] = "repair:1",
                ["Kubernetes:Actions:HealthCheck:Command:0"] = "check",
            },
            "--cluster", "kubernetes", "--kubeconfig", kubeconfig);
        try
        {
            await product.StartAsync();
            using (var simulation = await product.Http.GetAsync(new Uri(product.Address, "/sim/kinds")))
                Assert.Equal(HttpStatusCode.NotFound, simulation.StatusCode);
            await plane.Api.PostAsync(Pods, Pod("a"));
            await plane.Api.PostAsync(Pods, Pod("b"));
            await plane.Api.PostAsync(Budget, JsonNode.Parse("""{"metadata":{"name":"both"},"spec":{"minAvailable":2,"selector":{"matchLabels":{"app":"web"}}}}""")!);
            await UntilAsync("the places of both, and their budget", async () => (int?)(await plane.Api.GetAsync($"{Budget}/both"))["status"]?["currentHealthy"] == 2);

            using (var sent = await product.PostAsync("/api/grafana", Notifications.OfXid79("gpu-0001", "00000000000000aa")))
                Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
            await UntilAsync("the drain", async () => (string?)(await NodeAsync())["metadata"]!["labels"]!["pipeline.gpu/state"] == "Draining");
            Assert.Contains("pipeline.gpu/quarantined=r-", await plane.KubectlAsync("describe", "node", Node), StringComparison.Ordinal);
            Assert.True(await AreThereAsync("a", "b"));
            await plane.KubectlAsync("delete", "pdb", "both");
            await UntilAsync("the empty node", async () => !await AreThereAsync("a") && !await AreThereAsync("b"));

            await UntilAsync("the reboot", async () => await ActionAsync("reboot") is not null);
            await plane.Api.PatchAsync($"/api/v1/nodes/{Node}/status", new JsonObject { ["status"] = new JsonObject { ["nodeInfo"] = new JsonObject { ["bootID"] = "second" } } }, ApiAccess.StrategicMergePatch);
            await UntilAsync("the examination", async () => await ActionAsync("healthcheck") is { } check && (string?)check["status"]!["phase"] == "Running");
            var examination = (await ActionAsync("healthcheck"))!;
            await plane.Api.PatchAsync($"{Actions}/{examination["metadata"]!["name"]}/status", new JsonObject { ["status"] = new JsonObject { ["phase"] = "Succeeded" } });
            var run = await product.EndedRunOfAsync(Node, Bound);

            Assert.Equal("Healthy", run.GetProperty("state").GetString());
            await UntilAsync("the clean node", async () => await NodeAsync() is var node
                && node["spec"]!["unschedulable"] is null && node["spec"]!["taints"] is null && !node.ToJsonString().Contains("pipeline.gpu/run", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(playbooks, recursive: true);
        }

        Task UntilAsync(string what, Func<Task<bool>> ask) => Eventually.TrueAsync(what, Bound, ask, () => product.Output);

        Task<JsonNode> NodeAsync() => plane.Api.GetAsync($"/api/v1/nodes/{Node}");

        async Task<bool> AreThereAsync(params string[] pods)
        {
            foreach (var pod in pods)
            {
                if (await plane.Api.FindAsync($"{Pods}/{pod}") is null)
                    return false;
            }

            return true;
        }

        async Task<JsonNode?> ActionAsync(string kind) => (await plane.Api.GetAsync($"{Actions}?labelSelector=pipeline.gpu/action%3D{kind}"))["items"]!.AsArray().FirstOrDefault();
    }

    [ControlPlaneFact]
    public async Task A_cluster_that_cannot_be_found_and_options_of_the_other_cluster_are_told_at_the_start()
    {
        using var lost = new Product(arguments: ["--cluster", "kubernetes", "--kubeconfig", "/no/such/file"]);
        lost.Launch();
        Assert.NotEqual(0, await lost.EndsAsync(Bound));
        Assert.Contains("/no/such/file", lost.Output, StringComparison.Ordinal);

        using var mixed = new Product(arguments: ["--cluster", "kubernetes", "--nodes", "5"]);
        mixed.Launch();
        Assert.NotEqual(0, await mixed.EndsAsync(Bound));
        Assert.Contains("--nodes is not for --cluster kubernetes", mixed.Output, StringComparison.Ordinal);
    }

    private static JsonNode Pod(string name) => JsonNode.Parse($$"""
        {"metadata":{"name":"{{name}}","labels":{"app":"web"} },"spec":{"schedulerName":"pipeline","terminationGracePeriodSeconds":30,
         "containers":[{"name":"main","image":"none","resources":{"limits":{"nvidia.com/gpu":"1","cpu":"1","memory":"1Gi"} } }]} }
        """)!;

    /// <summary>The shipped playbooks; only that the node is watched for a second after its repair.</summary>
    private static string ShortSoak()
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-playbooks-").FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Repair", "Playbooks"), "*.yaml"))
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), File.ReadAllText(file).Replace("soak: 10m", "soak: 1s", StringComparison.Ordinal));
        return folder;
    }
}
