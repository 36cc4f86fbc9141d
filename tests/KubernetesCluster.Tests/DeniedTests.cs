using System.Text.Json.Nodes;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Hotpath.Http;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.KubernetesCluster.Tests.Repairs;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.KubernetesCluster.Tests.Volumes;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>A right that is lacking: operators read and count which, everything else goes on, and with the right it heals by itself.</summary>
[Collection(nameof(InstalledFixture))]
public sealed class DeniedTests(InstalledFixture fixture)
{
    [ControlPlaneFact]
    public async Task Without_the_right_to_mark_nodes_a_sick_one_is_out_of_scheduling_all_the_same_and_marked_when_the_right_is_back()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("nomark"));
        using var metrics = new MetricsPage();
        using var log = new LogBook();
        await using var world = await World.StartAsync(fixture, "nomark", loggers: log);
        string run;
        await using (await Rights.WithoutAsync(world.Plane, "patch", "nodes"))
        {
            run = await Faults.BreakAsync(world, nodes[0]);
            Assert.Equal(NodeHealth.Quarantined, HealthOf(world, nodes[0]));
            await IsToldAsync(metrics, log, "patch", "nodes");
            for (var pod = 0; pod < 2; pod++)
                await world.CreateAsync(Manifests.Pod($"p{pod}", 4, spec: Manifests.InGroup("nomark")));
            await World.UntilAsync("the binding of both", async () => (await world.CountAsync()).Count == 2);
            Assert.All(await world.CountAsync(), held => Assert.Equal(nodes[1], held.Value.Node));
            await World.UntilAsync("the record", async () => await world.Plane.Api.FindAsync($"/apis/pipeline.gpu/v1alpha1/noderepairs/{run}") is { } record && (string?)record["status"]?["state"] == "Quarantined");
            Assert.Null((await world.NodeAsync(nodes[0]))["spec"]!["taints"]);
        }

        await SweepUntilAsync(world, "the mark", async () => (string?)(await world.NodeAsync(nodes[0]))["metadata"]!["annotations"]?["pipeline.gpu/run"] == run);
    }

    [ControlPlaneFact]
    public async Task Without_the_right_to_take_a_mark_off_the_product_starts_and_goes_on_and_the_mark_goes_with_the_right()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("nounmark"));
        var data = Directory.CreateTempSubdirectory("pipeline-k8s-").FullName;
        Rights rights;
        await using (var world = await World.StartAsync(fixture, "nounmark", data))
        {
            var run = await Faults.BreakAsync(world, nodes[0]);
            await world.UntilMarkedAsync(nodes[0], run);
            rights = await Rights.WithoutAsync(world.Plane, "patch", "nodes");
            await Faults.ResolveAsync(world, nodes[0]);
        }

        await using (rights)
        await using (var again = await World.StartAsync(fixture, "nounmark", data, create: false))
        {
            await again.CreateAsync(Manifests.Pod("p", spec: Manifests.InGroup("nounmark")));
            await World.UntilAsync("the binding", async () => await again.NodeOfAsync("p") is not null);
            Assert.Contains("pipeline.gpu/run", (await again.NodeAsync(nodes[0])).ToJsonString(), StringComparison.Ordinal);
            await rights.GiveBackAsync();
            await World.UntilAsync("the clean node", async () => !(await again.NodeAsync(nodes[0])).ToJsonString().Contains("pipeline.gpu/run", StringComparison.Ordinal));
            await again.ModelAgreesAsync();
        }

        Directory.Delete(data, recursive: true);
    }

    [ControlPlaneFact]
    public async Task Without_the_right_to_evict_a_drain_waits_and_the_run_goes_to_its_end_when_the_right_is_back()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("noevict")))[0];
        using var metrics = new MetricsPage();
        using var log = new LogBook();
        using var men = new Repairmen(new ActionBook());
        await using var world = await World.StartAsync(fixture, "noevict", wakeups: men, loggers: log);
        await world.CreateAsync(Manifests.Pod("p", 1, node, 0x1));
        await world.ModelAgreesAsync();
        await using var rights = await Rights.WithoutAsync(world.Plane, "create", "pods/eviction");

        var run = await Faults.BreakAsync(world, node, Faults.DrainAndReboot);
        var work = men.WorkToTheEndAsync(world, run);
        await IsToldAsync(metrics, log, "create", "pods/eviction");
        Assert.NotNull(await world.PodAsync("p"));
        await rights.GiveBackAsync();
        await work;

        Assert.Equal(RunState.Healthy, world.Snapshot.Repair.RunById(run)!.State);
        Assert.Null(await world.PodAsync("p"));
    }

    [ControlPlaneFact]
    public async Task Without_the_right_to_bind_pods_wait_and_are_bound_when_it_is_back()
    {
        await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("nobind"));
        using var metrics = new MetricsPage();
        using var log = new LogBook();
        await using var world = await World.StartAsync(fixture, "nobind", loggers: log);
        await using var rights = await Rights.WithoutAsync(world.Plane, "create", "pods/binding");
        for (var pod = 0; pod < 8; pod++)
            await world.CreateAsync(Manifests.Pod($"p{pod}", spec: Manifests.InGroup("nobind")));

        await IsToldAsync(metrics, log, "create", "pods/binding");
        Assert.Empty(await world.CountAsync());
        await rights.GiveBackAsync();

        await World.UntilAsync("the binding of all", async () => (await world.CountAsync()).Count == 8);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneTheory]
    [InlineData("noselect", "patch", "persistentvolumeclaims")]
    [InlineData("nokeep", "patch", "persistentvolumes")]
    [InlineData("noclaims", "list", "persistentvolumeclaims")]
    [InlineData("nolimits", "list", "csinodes", "storage.k8s.io")]
    public async Task Without_a_right_to_volumes_pods_with_claims_wait_others_do_not_and_all_are_bound_when_it_is_back(
        string space, string verb, string resource, string group = "")
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group(space)))[0];
        using var metrics = new MetricsPage();
        using var log = new LogBook();
        await using var rights = await Rights.WithoutAsync(fixture.Plane, verb, resource, group);
        await using var provisioner = StandInProvisioner.Start(fixture.Plane, $"{space}.example", (_, _) => Task.FromResult(true));
        await using var world = await World.StartAsync(fixture, space, loggers: log);
        var api = world.Plane.Api;
        await api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", VolumeManifests.Class(space, resource == "persistentvolumes" ? VolumeManifests.NoProvisioner : $"{space}.example"));
        if (resource == "persistentvolumes")
            await api.PostAsync("/api/v1/persistentvolumes", VolumeManifests.Local(space, node, space));
        await api.PostAsync($"/api/v1/namespaces/{space}/persistentvolumeclaims", VolumeManifests.Claim("data", space));
        await world.CreateAsync(VolumeTests.Using("p", space, "data"));

        await IsToldAsync(metrics, log, verb, resource, group);
        await world.CreateAsync(Manifests.Pod("other", spec: Manifests.InGroup(space)));
        await World.UntilAsync("the binding of the other", async () => await world.NodeOfAsync("other") is not null);
        Assert.Null(await world.NodeOfAsync("p"));
        await rights.GiveBackAsync();

        await World.UntilAsync("the binding", async () => await world.NodeOfAsync("p") is not null);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_reboot_whose_pod_may_not_be_created_never_began_and_a_person_reads_why()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("noaction")))[0];
        using var metrics = new MetricsPage();
        using var client = new KubernetesClient(ClusterAccessLoader.Load(fixture.Kubeconfig, null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        var options = new KubernetesOptions();
        options.Actions["Reboot"] = new ActionOptions { Image = "repair:1", Command = ["act"] };
        using var men = new Repairmen(new KubernetesNodeActions(client, options, TimeProvider.System));
        await using var world = await World.StartAsync(fixture, "noaction", wakeups: men);
        world.Cluster.CountDenials(client);
        await using var quota = await PodQuota.ForbidAsync(world.Plane, options.ActionNamespace);

        var run = await Faults.BreakAsync(world, node, Faults.DrainAndReboot);
        await men.WorkToTheEndAsync(world, run);

        var ended = world.Snapshot.Repair.RunById(run)!;
        Assert.Equal(RunState.Escalated, ended.State);
        Assert.Contains(ended.Timeline, entry => entry.Reason == Reason.AttemptFailed && entry.Detail.Contains("exceeded quota: no-pods", StringComparison.Ordinal));
        Assert.DoesNotContain(ended.Timeline, entry => entry.Reason == Reason.OutcomeUnknown);
        Assert.Equal(2, ended.Attempt);
        Assert.DoesNotContain(metrics.Render().Split('\n'), line
            => line.StartsWith("pipeline_kubernetes_denied_total{", StringComparison.Ordinal) && line.Contains("resource=\"pods\"", StringComparison.Ordinal)
                // Others in this process may ask a server that is not up yet, and knows of no rights.
                && line.Contains("verb=\"create\"", StringComparison.Ordinal));
    }

    private static async Task IsToldAsync(MetricsPage metrics, LogBook log, string verb, string resource, string group = "")
    {
        var full = group.Length == 0 ? resource : $"{resource}.{group}";
        await World.UntilAsync("the count", () => Task.FromResult(metrics.Render().Split('\n').Any(line
            => line.StartsWith("pipeline_kubernetes_denied_total{", StringComparison.Ordinal) && line.Contains($"resource=\"{full}\"", StringComparison.Ordinal)
                && line.Contains($"verb=\"{verb}\"", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal))), metrics.Render);
        // The count is of the whole process, and comes before the line.
        await World.UntilAsync("the line", () => Task.FromResult(log.Lines.Any(IsOfIt)), () => string.Join('\n', log.Lines));
        var line = Assert.Single(log.Lines, IsOfIt);
        // The server's own words: who may not do what, and where.
        Assert.Contains($"User \"system:serviceaccount:pipeline-system:pipeline\" cannot {verb} resource \"{resource}\"", line, StringComparison.Ordinal);

        bool IsOfIt(string told) => told.Contains($"does not allow '{verb}' on '{full}' (Forbidden)", StringComparison.Ordinal);
    }

    private static Task SweepUntilAsync(World world, string what, Func<Task<bool>> ask) => World.UntilAsync(what, async () =>
    {
        await world.Service.Loop.SubmitAsync(new SweepCommand());
        return await ask();
    });

    private static NodeHealth HealthOf(World world, string name)
    {
        Assert.True(world.Snapshot.TryFindNode(name, out NodeView node));
        return node.Health;
    }
}
