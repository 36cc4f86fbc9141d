using System.Diagnostics;
using Pipeline.KubernetesCluster.Tests.Repairs;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Cuts;

/// <summary>A cluster whose API server is away for long: no test of another kind waits for it.</summary>
public sealed class OutageFixture : ClusterFixture;

[CollectionDefinition(nameof(OutageFixture))]
public sealed class OutageCollection : ICollectionFixture<OutageFixture>;

[Collection(nameof(OutageFixture))]
public sealed class OutageTests(OutageFixture fixture)
{
    private const int Pods = 30;
    private const ulong Holder = 77;

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(30);

    [ControlPlaneFact]
    public async Task An_API_server_that_is_away_for_half_a_minute_stops_no_decision_and_every_effect_follows_once()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(4, Manifests.Group("out"));
        var machines = new ActionBook();
        using var men = new Repairmen(machines);
        await using var world = await World.StartAsync(fixture, "out", wakeups: men);
        // Its drain waits for the budget, so that the first run is in the middle of it when the server goes.
        var held = new Dictionary<string, string> { ["app"] = "held" };
        await world.CreateAsync(Manifests.Pod("held", 1, nodes[0], 0x1, held));
        await world.Plane.Api.PostAsync("/apis/policy/v1beta1/namespaces/out/poddisruptionbudgets", Manifests.Budget("held", "held", 1));
        await world.CreateAsync(Manifests.Pod("evicted", 1, nodes[1], 0x1));
        await world.ModelAgreesAsync();
        var first = await Faults.BreakAsync(world, nodes[0], Faults.DrainAndReboot);
        var working = men.WorkToTheEndAsync(world, first, Outage);
        await World.UntilAsync("the drain", async () => (string?)(await world.NodeAsync(nodes[0]))["metadata"]!["labels"]?["pipeline.gpu/state"] == "Draining");
        // Only in the model: when it goes, there is room although the server says nothing.
        await world.Service.Loop.SubmitAsync(new BindCommand { Workload = Holder, Name = "out/holder", Node = nodes[3], GpuMask = 0xff, GpuCount = 8, GpuMilli = 1_000 });
        await Task.WhenAll(Enumerable.Range(0, Pods).Select(pod => world.CreateAsync(Manifests.Pod($"p{pod:00}", spec: Manifests.InGroup("out")))));
        await World.UntilAsync("the first bind", async () => (await world.CountAsync()).Count > 2);

        world.Plane.ApiServer.Kill();
        var away = Stopwatch.StartNew();
        var second = await Faults.BreakAsync(world, nodes[1], Faults.DrainAndReboot);
        Assert.Equal(second, HolderOf(world, nodes[1]));
        var alsoWorking = men.WorkToTheEndAsync(world, second, Outage);
        await world.Service.Loop.SubmitAsync(new ReleaseCommand { Workload = Holder });
        await World.UntilAsync("places on the node that is free now", () => Task.FromResult(world.UsedMilli(nodes[3]) == 8_000));
        await Task.Delay(Outage - away.Elapsed);
        Assert.Equal((first, second), (HolderOf(world, nodes[0]), HolderOf(world, nodes[1])));
        Assert.Empty(machines.Done);

        await world.Plane.RestartApiServerAsync();
        await world.UntilMarkedAsync(nodes[1], second);
        await world.Plane.KubectlAsync("delete", "pdb", "-n", "out", "held");
        await Task.WhenAll(working, alsoWorking);

        Assert.All([first, second], run => Assert.Equal((RunState.Healthy, 3), (world.Snapshot.Repair.RunById(run)!.State, world.Snapshot.Repair.RunById(run)!.Attempt)));
        Assert.Equal([nodes[0], nodes[1]], machines.Done.Select(action => action.Node).Order(StringComparer.Ordinal));
        await World.UntilAsync("the clean nodes", async () => await IsCleanAsync(world, nodes[0]) && await IsCleanAsync(world, nodes[1]));
        await World.UntilAsync("the binding of all that are left", async () => (await world.CountAsync()).Count == await LeftAsync(world));
        Assert.Null(await world.PodAsync("held"));
        Assert.Null(await world.PodAsync("evicted"));
        await world.ModelAgreesAsync();
        Assert.Empty(fixture.Kubelets.Rejections);
    }

    private static string? HolderOf(World world, string node)
        => world.Snapshot.TryFindNode(node, out NodeView view) ? world.Snapshot.Repair.RunByNumber(view.QuarantinedBy)?.Id : null;

    private static async Task<bool> IsCleanAsync(World world, string node)
        => await world.NodeAsync(node) is var now && now["metadata"]!["annotations"]?["pipeline.gpu/run"] is null
            && now["spec"]!["unschedulable"] is null && !now.ToJsonString().Contains("pipeline.gpu/quarantined", StringComparison.Ordinal);

    private static async Task<int> LeftAsync(World world) => (await world.Plane.Api.GetAsync($"/api/v1/namespaces/{world.Space}/pods"))["items"]!.AsArray().Count;
}
