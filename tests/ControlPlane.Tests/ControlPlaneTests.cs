using System.Net;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane.Tests;

public sealed class ControlPlaneTests(ControlPlaneFixture shared) : IClassFixture<ControlPlaneFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private ControlPlane Plane => shared.Plane;

    [ControlPlaneFact]
    public async Task Kubectl_talks_to_it_as_admin_and_with_a_client_certificate()
    {
        Assert.Contains("v1.20.2", await Plane.KubectlAsync("version"), StringComparison.Ordinal);
        var kubeconfig = Plane.WriteClientCertificateKubeconfig("someone", "system:masters");
        var result = await Plane.RunKubectlAsync(["get", "namespace", "default", "-o", "name"], kubeconfig: kubeconfig);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("namespace/default", result.Output.Trim());
    }

    [ControlPlaneFact]
    public async Task A_service_account_may_do_what_its_role_says_and_nothing_else()
    {
        await Plane.KubectlAsync("create", "serviceaccount", "reader");
        await Plane.KubectlAsync("create", "role", "reader", "--verb=list", "--resource=pods");
        await Plane.KubectlAsync("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader");
        var kubeconfig = Plane.WriteKubeconfig("reader", await Plane.CreateServiceAccountTokenAsync(("default", "reader")));

        var pods = await Plane.RunKubectlAsync(["get", "pods"], kubeconfig: kubeconfig);
        var nodes = await Plane.RunKubectlAsync(["get", "nodes"], kubeconfig: kubeconfig);

        Assert.True(pods.ExitCode == 0, pods.Error);
        Assert.Contains("system:serviceaccount:default:reader", nodes.Error, StringComparison.Ordinal);
        Assert.Contains("Forbidden", nodes.Error, StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task Custom_resources_are_served()
    {
        const string definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.test.example}
            spec:
              group: test.example
              scope: Namespaced
              names: {plural: things, singular: thing, kind: Thing}
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema:
                    openAPIV3Schema:
                      type: object
                      properties: {spec: {type: object, additionalProperties: {type: string}}}
            """;
        var created = await Plane.RunKubectlAsync(["apply", "-f", "-"], definition);
        Assert.True(created.ExitCode == 0, created.Error);
        await Plane.KubectlAsync("wait", "--for=condition=Established", "crd/things.test.example");
        var thing = JsonNode.Parse("""{"apiVersion":"test.example/v1","kind":"Thing","metadata":{"name":"one"},"spec":{"a":"b"}}""")!;
        await Plane.Api.PostAsync("/apis/test.example/v1/namespaces/default/things", thing);

        Assert.Equal("b", await Plane.KubectlAsync("get", "thing", "one", "-o", "jsonpath={.spec.a}"));
    }

    [ControlPlaneFact]
    public async Task The_api_server_comes_back_on_its_port_with_what_it_had()
    {
        await Plane.Api.PostAsync(ConfigMaps, ConfigMap("before"));
        Plane.ApiServer.Kill();
        Assert.False(await Plane.Api.IsReadyAsync());

        await Plane.RestartApiServerAsync();
        Assert.NotNull(await Plane.Api.FindAsync($"{ConfigMaps}/before"));
    }

    [ControlPlaneFact]
    public async Task A_paused_api_server_answers_when_it_is_resumed()
    {
        Plane.ApiServer.Pause();
        // The signal takes as long to arrive as its threads are busy.
        await Eventually.TrueAsync("its standstill", TimeSpan.FromSeconds(30), () => Task.FromResult(Running.StateOf(Plane.ApiServer.Id) == 'T'));
        var answer = Plane.Api.FindAsync($"{ConfigMaps}/none");
        Assert.False(answer.IsCompleted);

        Plane.ApiServer.Resume();
        Assert.Null(await answer);
    }

    [ControlPlaneFact]
    public async Task A_list_that_is_continued_from_before_a_compaction_is_gone()
    {
        for (var i = 0; i < 2; i++)
            await Plane.Api.PostAsync(ConfigMaps, ConfigMap($"page-{i}"));
        var page = await Plane.Api.GetAsync($"{ConfigMaps}?limit=1");
        var token = Uri.EscapeDataString((string)page["metadata"]!["continue"]!);
        await Plane.Api.GetAsync($"{ConfigMaps}?limit=1&continue={token}");
        await Plane.Api.PostAsync(ConfigMaps, ConfigMap("after"));

        Assert.True(await Plane.CompactEtcdAsync() > 0);
        var refused = await Assert.ThrowsAsync<ApiException>(() => Plane.Api.GetAsync($"{ConfigMaps}?limit=1&continue={token}"));
        Assert.Equal(HttpStatusCode.Gone, refused.Status);
    }

    [ControlPlaneFact]
    public async Task The_controller_manager_keeps_disruption_budgets_and_taints_a_node_that_stopped()
    {
        await using var plane = await ControlPlane.StartAsync(new ControlPlaneOptions
        {
            ControllerManager = true,
            ControllerManagerArguments = ["--node-monitor-period=1s", "--node-monitor-grace-period=4s"],
        });
        await using var kubelets = StandInKubelets.Start(plane, new KubeletOptions { LeaseInterval = TimeSpan.FromSeconds(1) });
        var nodes = await kubelets.AddNodesAsync(2);
        var pod = Pods.Of("guarded", gpus: 1, nodes[0]);
        pod["metadata"]!["labels"] = new JsonObject { ["app"] = "guarded" };
        await plane.Api.PostAsync(Pods.Path, pod);
        await plane.KubectlAsync("create", "poddisruptionbudget", "guarded", "--selector=app=guarded", "--min-available=1");

        await Eventually.TrueAsync("a healthy pod in the budget", Bound, async () =>
        {
            var budget = await plane.Api.GetAsync("/apis/policy/v1beta1/namespaces/default/poddisruptionbudgets/guarded");
            return (int?)budget["status"]!["currentHealthy"] == 1;
        }, () => plane.LogTails);
        kubelets.StopNode(nodes[0]);
        await Eventually.TrueAsync("a taint", Bound, async () => await IsTaintedAsync(nodes[0]), () => plane.LogTails);
        Assert.False(await IsTaintedAsync(nodes[1]));

        await kubelets.ResumeNodeAsync(nodes[0]);
        await Eventually.TrueAsync("the end of the taint", Bound, async () => !await IsTaintedAsync(nodes[0]), () => plane.LogTails);

        async Task<bool> IsTaintedAsync(string node)
        {
            var taints = (await plane.Api.GetAsync($"/api/v1/nodes/{node}"))["spec"]!["taints"] as JsonArray ?? [];
            return taints.Any(taint => (string?)taint!["key"] == "node.kubernetes.io/unreachable");
        }
    }

    [ControlPlaneFact]
    public async Task Nothing_of_it_is_left_after_its_end()
    {
        var plane = await ControlPlane.StartAsync();
        var processes = new[] { plane.Etcd.Id, plane.ApiServer.Id };
        var folder = Path.GetDirectoryName(plane.KubeconfigPath)!;
        Assert.All(processes, process => Assert.True(Running.Is(process)));

        await plane.DisposeAsync();
        Assert.DoesNotContain(processes, Running.Is);
        Assert.False(Directory.Exists(folder));
    }

    private static JsonObject ConfigMap(string name)
        => new() { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name } };
}
