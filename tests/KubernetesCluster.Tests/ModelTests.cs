using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>The model holds what the API server holds, whatever happens to the connection.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class ModelTests(ClusterFixture fixture)
{
    private const int GpusOfNode = 8;

    [ControlPlaneFact]
    public async Task The_model_is_a_recount_of_the_server_and_follows_it()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, new NodeTemplate { Prefix = "count-", Labels = _ => new Dictionary<string, string> { ["pipeline.gpu/zone"] = "large" } });
        await fixture.Plane.KubectlAsync("create", "namespace", "count");
        foreach (var (pod, index) in Enumerable.Range(0, 6).Select(index => ($"before-{index}", index)))
            await PostAsync("count", Manifests.Pod(pod, 2, nodes[index % 3], 3u << (2 * (index / 3))));

        await using var world = await World.StartAsync(fixture, "count", create: false);
        Assert.Equal(await world.CountAsync(), world.Model());
        Assert.All(nodes, node => Assert.Equal(4000, world.UsedMilli(node)));
        Assert.True(world.Snapshot.TryFindNode(nodes[0], out Pipeline.Scheduling.Snapshots.NodeView view));
        Assert.Equal((GpusOfNode, "NVIDIA-H100-80GB-HBM3"), (view.GpuCount, view.Group));

        await world.DeleteAsync("before-0");
        await world.CreateAsync(Manifests.Pod("after", 4, nodes[2], 0xf0));
        await world.Plane.Api.PatchAsync("/api/v1/namespaces/count/pods/before-1/status", new JsonObject { ["status"] = new JsonObject { ["phase"] = "Succeeded" } });
        await World.UntilAsync("the end of before-0", async () => await world.PodAsync("before-0") is null);
        await world.ModelAgreesAsync();
        Assert.DoesNotContain("before-0", world.Model().Keys);
        Assert.DoesNotContain("before-1", world.Model().Keys);
        Assert.Equal((2000, 2000, 8000), (world.UsedMilli(nodes[0]), world.UsedMilli(nodes[1]), world.UsedMilli(nodes[2])));
    }

    [ControlPlaneFact]
    public async Task Pods_of_others_hold_their_GPUs_although_nobody_says_which()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "others-" }))[0];
        await using var world = await World.StartAsync(fixture, "others");
        await world.CreateAsync(Manifests.Pod("known", 2, node, 0x3));
        await world.CreateAsync(Manifests.Pod("unknown", 4, node, scheduler: "somebody-else"));
        await World.UntilAsync("six GPUs in use", () => Task.FromResult(world.UsedMilli(node) == 6000));

        await world.DeleteAsync("unknown");
        await World.UntilAsync("two GPUs in use", () => Task.FromResult(world.UsedMilli(node) == 2000));
    }

    [ControlPlaneFact]
    public async Task A_server_that_was_away_and_forgot_its_history_leaves_no_trace_in_the_model()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, new NodeTemplate { Prefix = "away-" });
        await using var world = await World.StartAsync(fixture, "away");
        for (var pod = 0; pod < 4; pod++)
            await world.CreateAsync(Manifests.Pod($"p{pod}", 2, nodes[pod % 2], 3u << (2 * (pod / 2))));
        await world.ModelAgreesAsync();

        for (var round = 0; round < 3; round++)
        {
            await world.DeleteAsync($"p{round}");
            await world.Plane.CompactEtcdAsync();
            await world.Plane.RestartApiServerAsync();
            await world.CreateAsync(Manifests.Pod($"new{round}", 1, nodes[1], 1u << (4 + round)));
            await world.ModelAgreesAsync();
        }

        Assert.Equal(world.Model().Values.Sum(held => 1000 * int.PopCount((int)held.Gpus)), nodes.Sum(world.UsedMilli));
    }

    [ControlPlaneFact]
    public async Task A_service_with_an_old_model_counts_nothing_twice_and_leaks_nothing()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, new NodeTemplate { Prefix = "old-" });
        var data = Directory.CreateTempSubdirectory("pipeline-k8s-old-").FullName;
        try
        {
            await using (var first = await World.StartAsync(fixture, "old", data))
            {
                await first.CreateAsync(Manifests.Pod("stays", 2, nodes[0], 0x3));
                await first.CreateAsync(Manifests.Pod("goes", 2, nodes[0], 0xc));
                await first.CreateAsync(Manifests.Pod("moves", 4, nodes[0], 0xf0));
                await first.ModelAgreesAsync();
            }

            await DeleteNowAsync("old", "goes");
            await DeleteNowAsync("old", "moves");
            await PostAsync("old", Manifests.Pod("moves", 4, nodes[1], 0x0f));
            await PostAsync("old", Manifests.Pod("comes", 2, nodes[0], 0x30));

            await using var second = await World.StartAsync(fixture, "old", data, create: false);
            Assert.Equal(await second.CountAsync(), second.Model());
            Assert.Equal((4000, 4000), (second.UsedMilli(nodes[0]), second.UsedMilli(nodes[1])));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [ControlPlaneFact]
    public async Task Heartbeats_and_other_news_that_nobody_uses_are_no_events()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, new NodeTemplate { Prefix = "beat-" });
        await using var world = World.Without(fixture);
        await world.Cluster.ListAsync(default);
        await using var events = world.Cluster.WatchAsync(default).GetAsyncEnumerator();

        for (var beat = 0; beat < 5; beat++)
            await BeatAsync(world, nodes[0], $"{beat}");
        await world.Plane.Api.PatchAsync($"/api/v1/nodes/{nodes[1]}", new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["pipeline.gpu/zone"] = "small" } } });

        while (await events.MoveNextAsync())
        {
            var node = Assert.IsType<Contracts.Cluster.ClusterEvent.NodeChanged>(events.Current).Node;
            Assert.NotEqual(nodes[0], node.Name);
            if (node.Name == nodes[1])
                break;
        }
    }

    private Task PostAsync(string space, JsonObject pod) => fixture.Plane.Api.PostAsync($"/api/v1/namespaces/{space}/pods", pod);

    private async Task DeleteNowAsync(string space, string pod)
    {
        var path = $"/api/v1/namespaces/{space}/pods/{pod}";
        await fixture.Plane.Api.DeleteAsync(path, new JsonObject { ["gracePeriodSeconds"] = 0 });
        await World.UntilAsync($"the end of {pod}", async () => await fixture.Plane.Api.FindAsync(path) is null);
    }

    private static Task<JsonNode> BeatAsync(World world, string node, string message) => world.Plane.Api.PatchAsync($"/api/v1/nodes/{node}/status", new JsonObject
    {
        ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True", ["reason"] = "KubeletReady", ["message"] = message }) },
    }, ApiAccess.StrategicMergePatch);
}
