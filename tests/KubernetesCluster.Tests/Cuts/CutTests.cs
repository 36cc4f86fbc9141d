using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Cuts;

/// <summary>Connections that break, at the worst moments.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class CutTests(ClusterFixture fixture)
{
    private const int Cuts = 12;
    private const int Seed = 20_210_113;
    private const ulong Holder = 77;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BeyondAssumptions = TimeSpan.FromSeconds(31);

    [ControlPlaneFact]
    public async Task A_connection_that_is_cut_every_second_leaves_no_trace_in_the_model()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("cut"));
        await using var proxy = new TcpRelay(fixture.Plane.Address);
        await using var world = await World.StartAsync(fixture, "cut", server: proxy.Address);
        var churn = new Churn(world, "cut", nodes, Seed);

        var cutting = CutAsync(proxy);
        while (!cutting.IsCompleted)
            await churn.StepAsync();
        await cutting;
        await churn.EndAsync();

        var waiting = "";
        await World.UntilAsync("the binding of all", async () => (waiting = string.Join('\n', await WaitingAsync(world))).Length == 0, () => waiting);
        await world.ModelAgreesAsync();
        Assert.True(proxy.Broken >= Cuts, $"Only {proxy.Broken} connections were broken.");
        Assert.Equal(["budgets", "cordoned", "created", "deleted", "finished", "uncordoned"], churn.Done.Keys);
        Assert.DoesNotContain(fixture.Kubelets.Rejections, rejected => nodes.Contains(rejected.Node));
    }

    [ControlPlaneFact]
    public async Task What_happened_while_the_connection_was_cut_and_was_compacted_away_is_found_by_a_listing()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(4, Manifests.Group("gone"));
        var budgets = "/apis/policy/v1beta1/namespaces/gone/poddisruptionbudgets";
        var web = new Dictionary<string, string> { ["app"] = "web" };
        using var expired = new ExpiredWatches();
        await using var proxy = new TcpRelay(fixture.Plane.Address);
        await using var world = await World.StartAsync(fixture, "gone", server: proxy.Address);
        foreach (var (pod, index) in new[] { "stays", "goes", "ends", "moves" }.Select((pod, index) => (pod, index)))
            await world.CreateAsync(Manifests.Pod(pod, 2, nodes[0], 3u << (2 * index), web));
        await fixture.Plane.Api.PostAsync(budgets, Manifests.Budget("old", "web", 1));
        await world.ModelAgreesAsync();

        proxy.Close();
        foreach (var pod in new[] { "goes", "moves" })
            await DeleteNowAsync(world, pod);
        await fixture.Plane.Api.PatchAsync("/api/v1/namespaces/gone/pods/ends/status", new JsonObject { ["status"] = new JsonObject { ["phase"] = "Failed" } });
        await world.CreateAsync(Manifests.Pod("moves", 2, nodes[1], 0x3, web));
        await world.CreateAsync(Manifests.Pod("waits", 8, labels: web, spec: Manifests.InGroup("new")));
        await fixture.Plane.Api.DeleteAsync($"{budgets}/old");
        await fixture.Plane.Api.PostAsync(budgets, Manifests.Budget("new", "web", 0));
        await fixture.Plane.KubectlAsync("cordon", nodes[2]);
        await fixture.Plane.Api.DeleteAsync($"/api/v1/nodes/{nodes[3]}");
        // Of a group of its own: the pods may be listed before the nodes, and a node as it was before would do for a moment.
        var added = await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("new"));
        await fixture.Plane.CompactEtcdAsync();
        await fixture.Plane.RestartApiServerAsync();
        proxy.Open();

        await World.UntilAsync("the binding of what waits", async () => await world.NodeOfAsync("waits") == added[0]);
        await world.ModelAgreesAsync();
        Assert.Equal(["moves", "stays", "waits"], world.Model().Keys);
        Assert.True(expired.Kinds.Count >= 3, $"Only the watches of {string.Join(", ", expired.Kinds)} began anew.");
    }

    [ControlPlaneFact]
    public async Task The_GPUs_of_a_bind_whose_answer_was_lost_are_nobody_elses_however_long_the_server_is_away()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("lost")))[0];
        var time = new ShiftedTime();
        await using var proxy = new TcpRelay(fixture.Plane.Address);
        await using var world = await World.StartAsync(fixture, "lost", server: proxy.Address, time: time);
        await QueueBehindHolderAsync(world, node);

        proxy.Mute();
        await world.Service.Loop.SubmitAsync(new ReleaseCommand { Workload = Holder });
        await World.UntilAsync("the bind", async () => await world.NodeOfAsync("first") == node);
        proxy.Close();
        await World.UntilAsync("the claim", () => Task.FromResult(world.Snapshot.Workloads().Any(workload => workload is { Name: "lost/first", Assumed: false })));
        time.Advance(BeyondAssumptions);
        await world.Service.Loop.SubmitAsync(new SweepCommand());
        await world.Service.Loop.SubmitAsync(new ScheduleCommand { MaxPlacements = 10 });
        Assert.Equal(["first"], world.Model().Keys);

        proxy.Open();
        await SecondFollowsFirstAsync(world, node);
    }

    [ControlPlaneFact]
    public async Task The_GPUs_of_a_bind_that_arrives_late_are_nobody_elses()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("late")))[0];
        using var requests = new SentRequests();
        await using var proxy = new TcpRelay(fixture.Plane.Address);
        await using var world = await World.StartAsync(fixture, "late", server: proxy.Address);
        await QueueBehindHolderAsync(world, node);

        proxy.Hold();
        await world.Service.Loop.SubmitAsync(new ReleaseCommand { Workload = Holder });
        await World.UntilAsync("the bind of the first", () => Task.FromResult(requests.Paths.Contains("/api/v1/namespaces/late/pods/first/binding") && proxy.Held > 0));
        proxy.Lose();
        await World.UntilAsync("the binding of either", async () => await world.NodeOfAsync("first") == node || await world.NodeOfAsync("second") == node);
        await proxy.DeliverAsync();

        await World.UntilAsync("the binding of the first", async () => await world.NodeOfAsync("first") == node);
        await SecondFollowsFirstAsync(world, node);
    }

    /// <summary>Two pods that want the whole node wait for what is on it only in the model, so that it can go while the server is not heard.</summary>
    private static async Task QueueBehindHolderAsync(World world, string node)
    {
        await world.Service.Loop.SubmitAsync(new BindCommand { Workload = Holder, Name = $"{world.Space}/holder", Node = node, GpuMask = 0xff, GpuCount = 8, GpuMilli = 1_000 });
        foreach (var pod in new[] { "first", "second" })
        {
            await world.CreateAsync(Manifests.Pod(pod, 8, spec: Manifests.InGroup(world.Space)));
            await World.UntilAsync($"the queueing of the {pod}", () => Task.FromResult(world.Snapshot.Pending().Any(job => job.Name == $"{world.Space}/{pod}")));
        }
    }

    /// <summary>The first has the node to itself, and the second has it after the first.</summary>
    private async Task SecondFollowsFirstAsync(World world, string node)
    {
        await world.ModelAgreesAsync();
        Assert.Null(await world.NodeOfAsync("second"));
        await world.DeleteAsync("first");
        await World.UntilAsync("the binding of the second", async () => await world.NodeOfAsync("second") == node);
        await world.ModelAgreesAsync();
        Assert.DoesNotContain(fixture.Kubelets.Rejections, rejected => rejected.Node == node);
    }

    private static async Task CutAsync(TcpRelay proxy)
    {
        using var timer = new PeriodicTimer(Between);
        // A client that is about to try again has nothing to be cut: then there are more, at most as many again.
        for (var cut = 0; (cut < Cuts || (proxy.Broken < Cuts && cut < 2 * Cuts)) && await timer.WaitForNextTickAsync(); cut++)
            proxy.Cut();
    }

    private static async Task<IEnumerable<string>> WaitingAsync(World world)
        => (await world.Plane.Api.GetAsync($"/api/v1/namespaces/{world.Space}/pods"))["items"]!.AsArray()
            .Where(pod => pod!["spec"]!["nodeName"] is null && (string?)pod["status"]!["phase"] == "Pending").Select(pod => $"{pod!["metadata"]!["name"]}: {pod["status"]}");

    private static async Task DeleteNowAsync(World world, string pod)
    {
        await world.Plane.Api.DeleteAsync($"/api/v1/namespaces/{world.Space}/pods/{pod}", new JsonObject { ["gracePeriodSeconds"] = 0 });
        await World.UntilAsync($"the end of {pod}", async () => await world.PodAsync(pod) is null);
    }
}
