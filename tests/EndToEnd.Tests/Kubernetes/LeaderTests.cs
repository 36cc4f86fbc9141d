using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Remote;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests.Kubernetes;

/// <summary>Two processes, of which one leads: it is killed, frozen and asked to go.</summary>
public sealed class LeaderTests(LeaderFixture fixture) : IClassFixture<LeaderFixture>
{
    // Short beside the default of 15 s, long beside what a loaded machine delays a renewal.
    private static readonly Dictionary<string, string> Short = new()
    {
        ["LeaderElection:LeaseDuration"] = "00:00:10",
        ["LeaderElection:RenewDeadline"] = "00:00:07",
        ["LeaderElection:RetryPeriod"] = "00:00:00.5",
    };

    // Whoever waits for it to run out waits longer than the test.
    private static readonly Dictionary<string, string> Long = new()
    {
        ["LeaderElection:LeaseDuration"] = "01:00:00",
        ["LeaderElection:RenewDeadline"] = "00:30:00",
        ["LeaderElection:RetryPeriod"] = "00:00:00.5",
    };

    private ControlPlane Plane => fixture.Plane;

    [ControlPlaneFact]
    public async Task A_standby_takes_no_commands_and_goes_on_where_a_killed_leader_was()
    {
        const string Space = "killed";
        var nodes = await PrepareAsync(Space, 3);
        using var first = new Replica(Plane, "killed-first", Space, Short);
        using var second = new Replica(Plane, "killed-second", Space, Short);
        await first.Product.StartAsync();
        await first.UntilLeadingAsync();
        second.Product.Launch();
        await second.UntilStandingByAsync();
        await AssertStandsByAsync(second);

        await CreatePodsAsync(Space, "before", 4);
        var before = await BoundAsync(Space, 4);
        var broken = nodes.Except(before.Select(pod => pod.Node)).First();
        // A budget that nobody computes allows no eviction: the run is in its drain when its leader dies.
        await Plane.Api.PostAsync($"/apis/policy/v1beta1/namespaces/{Space}/poddisruptionbudgets", Budget());
        await Plane.Api.PostAsync($"/api/v1/namespaces/{Space}/pods", Pod("held", Space, broken));
        using (var accepted = await first.Product.PostAsync("/api/grafana", Notifications.OfXid79(broken, "1f2e3d4c5b6a7980")))
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await Eventually.TrueAsync("the drain", Replica.Bound, async () => StepOf(await NodeAsync(broken)) == "Drain", () => first.Product.Output);
        var run = MarkOf(await NodeAsync(broken));

        first.Process.Kill();
        await CreatePodsAsync(Space, "after", 6);
        await second.UntilLeadingAsync();
        var after = await BoundAsync(Space, 11);

        Assert.Equal(run, MarkOf(await NodeAsync(broken)));
        Assert.All(after.Where(pod => pod.Node == broken), pod => Assert.Equal("held", pod.Name));
        foreach (var pod in before)
            Assert.Contains(pod, after);
        foreach (var node in after.GroupBy(pod => pod.Node))
            Assert.Equal(node.Sum(pod => BitOperations.PopCount(pod.Gpus)), BitOperations.PopCount(node.Aggregate(0u, (all, pod) => all | pod.Gpus)));
        var lease = await Plane.Api.GetAsync($"/apis/coordination.k8s.io/v1/namespaces/{Space}/leases/pipeline");
        Assert.Equal(2, (int)lease["spec"]!["leaseTransitions"]!);
        Assert.Equal(1, await MetricAsync(second, "pipeline_leader"));

        // The drain goes on: once nothing forbids it, the second evicts what is left, and the same run goes its way to its end.
        await Plane.Api.DeleteAsync($"/apis/policy/v1beta1/namespaces/{Space}/poddisruptionbudgets/held");
        await Eventually.TrueAsync("the end of the drain", Replica.Bound, async () => (await PodsAsync(Space)).All(pod => pod.Node != broken), () => second.Product.Output);
        var ended = await second.Product.EndedRunOfAsync(broken, Replica.Bound);
        Assert.Equal(run, ended.GetProperty("id").GetString());
        // No way to act on nodes is configured.
        Assert.Equal("NeedsHardware", ended.GetProperty("state").GetString());
    }

    [ControlPlaneFact]
    public async Task A_leader_that_is_killed_while_a_node_boots_leaves_the_reboot_to_the_standby_which_does_not_repeat_it()
    {
        const string Space = "rebooting";
        var node = (await PrepareAsync(Space, 1))[0];
        var settings = new Dictionary<string, string>(Short) { ["Kubernetes:ActionNamespace"] = Space };
        foreach (var action in new[] { "Reboot", "PowerCycle", "HealthCheck" })
            (settings[$"Kubernetes:Actions:{action}:Image"], settings[$"Kubernetes:Actions:{action}:Command:0"]) = ("repair:1", "act");
        using var first = new Replica(Plane, "rebooting-first", Space, settings);
        using var second = new Replica(Plane, "rebooting-second", Space, settings);
        await first.Product.StartAsync();
        await first.UntilLeadingAsync();
        second.Product.Launch();
        await second.UntilStandingByAsync();
        using (var accepted = await first.Product.PostAsync("/api/grafana", Notifications.OfXid79(node, "1f2e3d4c5b6a7981")))
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await Eventually.TrueAsync("the reboot", Replica.Bound, async () => (await ActionsAsync(Space, "reboot")).Count == 1, () => first.Product.Output);
        var reboot = Assert.Single(await ActionsAsync(Space, "reboot"));
        var run = MarkOf(await NodeAsync(node));

        first.Process.Kill();
        await second.UntilLeadingAsync();
        Assert.Equal(run, MarkOf(await NodeAsync(node)));
        await Plane.Api.PatchAsync(
            $"/api/v1/nodes/{node}/status", new JsonObject { ["status"] = new JsonObject { ["nodeInfo"] = new JsonObject { ["bootID"] = "second" } } }, ApiAccess.StrategicMergePatch);
        // The node is examined, and is well.
        await Eventually.TrueAsync("the soak", Replica.Bound, async () =>
        {
            // Its pod may go once it is known to have done its work.
            Assert.All(await ActionsAsync(Space, "reboot"), one => Assert.Equal(reboot, one));
            foreach (var check in await ActionsAsync(Space, "healthcheck"))
                await SucceedAsync(Space, check.Name);
            return StepOf(await NodeAsync(node)) == "Soak";
        }, () => second.Product.Output);

        Assert.All(await ActionsAsync(Space, "reboot"), one => Assert.Equal(reboot, one));
        Assert.Empty(await ActionsAsync(Space, "powercycle"));
        Assert.Equal(run, MarkOf(await NodeAsync(node)));
    }

    [Theory]
    [InlineData("--leader-elect is not for --cluster simulated", "--leader-elect")]
    [InlineData("--namespace is not for --cluster simulated", "--namespace", "any")]
    [InlineData("--namespace is for --leader-elect", "--cluster", "kubernetes", "--namespace", "any")]
    public async Task An_option_of_the_election_without_one_is_refused_by_name(string said, params string[] arguments)
    {
        using var product = new Product();
        product.Launch(arguments);
        Assert.Equal(2, await product.Process.WaitForExitAsync(Replica.Bound));
        Assert.Contains(said, product.Output, StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task A_leader_that_was_frozen_past_its_lease_changes_nothing_when_it_wakes()
    {
        const string Space = "frozen";
        const int Pods = 64;
        await PrepareAsync(Space, Pods / 8);
        // So slow that most of its binds, decided long ago, still wait in it when it is frozen and when it wakes.
        const int Burst = 20;
        var slow = new Dictionary<string, string>(Short) { ["Kubernetes:Client:Limiter:RequestsPerSecond"] = "1", ["Kubernetes:Client:Limiter:Burst"] = $"{Burst}" };
        using var first = new Replica(Plane, "frozen-first", Space, slow);
        using var second = new Replica(Plane, "frozen-second", Space, Short);
        await first.Product.StartAsync();
        await first.UntilLeadingAsync();
        second.Product.Launch();
        await second.UntilStandingByAsync();
        await CreatePodsAsync(Space, "p", Pods);
        await Eventually.TrueAsync("the end of the burst", Replica.Bound, async () => (await PodsAsync(Space)).Count >= Burst + 2, () => first.Product.Output);

        first.Process.Pause();
        Assert.True((await PodsAsync(Space)).Count < Pods, "All was done before the leader was frozen.");
        await second.UntilLeadingAsync();
        await BoundAsync(Space, Pods);
        var woken = DateTimeOffset.UtcNow;
        first.Process.Resume();
        var code = await first.Process.WaitForExitAsync(Replica.Bound);

        Assert.DoesNotContain(fixture.ChangesBy(first.User), change => change.At >= woken);
        Assert.NotEmpty(fixture.ChangesBy(first.User));
        Assert.True(code == 3, $"It ended with {code}: {first.Product.Output}");
        Assert.Contains("leads no more", first.Product.Output, StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task A_leader_that_is_asked_to_go_lets_the_other_begin_at_once_and_comes_back_as_a_standby()
    {
        const string Space = "asked";
        await PrepareAsync(Space, 1);
        using var first = new Replica(Plane, "asked-first", Space, Long, pod: true);
        using var second = new Replica(Plane, "asked-second", Space, Long, pod: true);
        foreach (var replica in new[] { first, second })
        {
            // As if it had led before its container was started again.
            var pod = Pod(replica.User, "no-such-group");
            pod["metadata"]!["labels"]!["pipeline.gpu/role"] = "leader";
            pod["spec"]!["schedulerName"] = "nobody";
            await Plane.Api.PostAsync($"/api/v1/namespaces/{Space}/pods", pod);
        }

        await first.Product.StartAsync();
        await first.UntilLeadingAsync();
        Assert.Equal([first.User], await LabelledAsync(Space));
        second.Product.Launch();
        await second.UntilStandingByAsync();
        await CreatePodsAsync(Space, "before", 2);
        await BoundAsync(Space, 2);

        first.Process.Terminate();
        Assert.Equal(0, await first.Process.WaitForExitAsync(Replica.Bound));
        await second.UntilLeadingAsync();
        Assert.Equal([second.User], await LabelledAsync(Space));
        await CreatePodsAsync(Space, "after", 2);
        await BoundAsync(Space, 4);
        Assert.True(BindsBy(first).Max() < BindsBy(second).Min());

        first.Product.Launch();
        await first.UntilStandingByAsync();
        second.Process.Terminate();
        Assert.Equal(0, await second.Process.WaitForExitAsync(Replica.Bound));
        // Another has led since its journal was written.
        await first.UntilLeadingAsync();
        Assert.Equal([first.User], await LabelledAsync(Space));
        Assert.Contains("of another time than the cluster", first.Product.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(first.Product.Data, "superseded-*"));
        await CreatePodsAsync(Space, "again", 2);
        await BoundAsync(Space, 6);
    }

    private static async Task AssertStandsByAsync(Replica replica)
    {
        foreach (var path in new[] { "/livez", "/healthz" })
        {
            using var alive = await replica.Product.Http.GetAsync(new Uri(replica.Product.Address, path));
            Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        }

        using (var refused = await replica.Product.PostAsync("/api/grafana", Notifications.OfXid79("any", "1f2e3d4c5b6a7980")))
            Assert.True(refused is { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null });
        using (var refused = await replica.Product.Http.PostAsync(new Uri(replica.Product.HotpathAddress, "/extender/filter"), new StringContent("{}")))
            Assert.True(refused is { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null });
        using var channel = new GrpcChannel(new GrpcChannelOptions { Address = new Uri($"http://127.0.0.1:{replica.Product.GrpcPort}") }, TimeProvider.System);
        Assert.Contains("stands by", await new RemoteHealth(channel).NotReadyReasonAsync(default), StringComparison.Ordinal);
        Assert.Equal(0, await MetricAsync(replica, "pipeline_leader"));
        // Nothing is journaled.
        Assert.False(Directory.Exists(Path.Combine(replica.Product.Data, "hotpath")));
    }

    private IEnumerable<DateTimeOffset> BindsBy(Replica replica)
        => fixture.ChangesBy(replica.User).Where(change => change.What.Contains("/binding", StringComparison.Ordinal)).Select(change => change.At);

    private static async Task<double> MetricAsync(Replica replica, string name)
    {
        var page = await replica.Product.Http.GetStringAsync(new Uri(replica.Product.Address, "/metrics"));
        return double.Parse(page.Split('\n').Single(line => line.StartsWith($"{name} ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>A namespace and nodes that only its pods go to.</summary>
    private async Task<IReadOnlyList<string>> PrepareAsync(string space, int nodes)
    {
        await fixture.GrantAsync(space);
        return await fixture.Kubelets.AddNodesAsync(nodes, new NodeTemplate { Prefix = $"{space}-", Group = space, GroupLabel = "pipeline.gpu/group" });
    }

    private async Task CreatePodsAsync(string space, string prefix, int count)
    {
        for (var number = 0; number < count; number++)
            await Plane.Api.PostAsync($"/api/v1/namespaces/{space}/pods", Pod($"{prefix}-{number}", space));
    }

    /// <summary>Those of the namespace that are bound, once they are so many.</summary>
    private async Task<IReadOnlyList<(string Name, string Node, uint Gpus)>> BoundAsync(string space, int count)
    {
        IReadOnlyList<(string, string, uint)> bound = [];
        await Eventually.TrueAsync($"the binding of {count}", Replica.Bound, async () =>
        {
            bound = await PodsAsync(space);
            return bound.Count == count;
        }, () => string.Join('\n', bound));
        return bound;
    }

    private async Task<IReadOnlyList<(string Name, string Node, uint Gpus)>> PodsAsync(string space) =>
    [
        .. (await Plane.Api.GetAsync($"/api/v1/namespaces/{space}/pods"))["items"]!.AsArray()
            .Where(pod => (string?)pod!["spec"]!["nodeName"] is { Length: > 0 })
            .Select(pod => ((string)pod!["metadata"]!["name"]!, (string)pod["spec"]!["nodeName"]!, MaskOf(pod))),
    ];

    /// <summary>Where the Service leads to.</summary>
    private async Task<IReadOnlyList<string>> LabelledAsync(string space)
        => [.. (await Plane.Api.GetAsync($"/api/v1/namespaces/{space}/pods?labelSelector=pipeline.gpu%2Frole%3Dleader"))["items"]!.AsArray().Select(pod => (string)pod!["metadata"]!["name"]!)];

    /// <summary>The pods that act on nodes.</summary>
    private async Task<IReadOnlyList<(string Name, string Uid)>> ActionsAsync(string space, string action) =>
    [
        .. (await Plane.Api.GetAsync($"/api/v1/namespaces/{space}/pods?labelSelector=pipeline.gpu%2Faction%3D{action}"))["items"]!.AsArray()
            .Select(pod => ((string)pod!["metadata"]!["name"]!, (string)pod["metadata"]!["uid"]!)),
    ];

    private async Task SucceedAsync(string space, string pod)
    {
        try
        {
            await Plane.Api.PatchAsync($"/api/v1/namespaces/{space}/pods/{pod}/status", new JsonObject { ["status"] = new JsonObject { ["phase"] = "Succeeded" } });
        }
        catch (ApiException refused) when (refused.Status == HttpStatusCode.NotFound)
        {
            // Whoever examined the node knows by now, and has removed it.
        }
    }

    private Task<JsonNode> NodeAsync(string name) => Plane.Api.GetAsync($"/api/v1/nodes/{name}");

    /// <summary>The run that holds the node; null: none.</summary>
    private static string? MarkOf(JsonNode node)
        => (string?)node["spec"]!["taints"]?.AsArray().FirstOrDefault(taint => (string?)taint!["key"] == "pipeline.gpu/quarantined")?["value"];

    private static string? StepOf(JsonNode node) => (string?)node["metadata"]!["annotations"]?["pipeline.gpu/step"];

    private static uint MaskOf(JsonNode pod)
        => (string?)pod["metadata"]!["annotations"]?["pipeline.gpu/gpus"] is { } mask ? uint.Parse(mask.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;

    private static JsonObject Pod(string name, string group, string? node = null)
    {
        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["held"] = node is null ? "no" : "yes" } },
            ["spec"] = new JsonObject
            {
                ["schedulerName"] = "pipeline",
                ["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = group },
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = "main",
                    ["image"] = "none",
                    ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["nvidia.com/gpu"] = "1", ["cpu"] = "1", ["memory"] = "1Gi" } },
                }),
            },
        };
        if (node is not null)
            pod["spec"]!["nodeName"] = node;
        return pod;
    }

    private static JsonObject Budget() => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "held" },
        ["spec"] = new JsonObject { ["minAvailable"] = 1, ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["held"] = "yes" } } },
    };
}
