using System.Text.Json.Nodes;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Volumes;

/// <summary>Pods with claims go where their volumes are, or can be made; the controller manager's volume controller binds.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class VolumeTests(ClusterFixture fixture)
{
    [ControlPlaneFact]
    public async Task A_pod_goes_to_the_node_of_its_bound_volume()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("vbound"));
        await using var world = await World.StartAsync(fixture, "vbound");
        await AddAsync(VolumeManifests.Local("vbound-disk", nodes[2], ""));
        await ClaimAsync(world, VolumeManifests.Claim("data", "", volume: "vbound-disk"));
        await world.CreateAsync(Using("p", "vbound", "data"));

        await World.UntilAsync("the binding", async () => await world.NodeOfAsync("p") is not null, () => fixture.Plane.LogTails);
        Assert.Equal(nodes[2], await world.NodeOfAsync("p"));
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Free_local_volumes_are_given_to_one_claim_each_and_who_finds_none_waits_for_the_next()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("vlocal"));
        await using var world = await World.StartAsync(fixture, "vlocal");
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", VolumeManifests.Class("vlocal"));
        await AddAsync(VolumeManifests.Local("vlocal-1", nodes[1], "vlocal"));
        await AddAsync(VolumeManifests.Local("vlocal-2", nodes[2], "vlocal"));
        await AddAsync(VolumeManifests.Local("vlocal-small", nodes[0], "vlocal", "100Mi"));
        foreach (var pod in (string[])["p0", "p1", "p2"])
        {
            await ClaimAsync(world, VolumeManifests.Claim($"data-{pod}", "vlocal"));
            await world.CreateAsync(Using(pod, "vlocal", $"data-{pod}"));
        }

        await World.UntilAsync("the binding of two", async () => (await world.CountAsync()).Count == 2);
        var waiting = ((string[])["p0", "p1", "p2"]).Except((await world.CountAsync()).Keys).Single();
        await WaitsAsync(world, waiting, "not among those that it asks for");
        await AddAsync(VolumeManifests.Local("vlocal-3", nodes[0], "vlocal"));
        await World.UntilAsync("the binding of the third", async () => await world.NodeOfAsync(waiting) == nodes[0]);

        var volumes = new HashSet<string>();
        foreach (var pod in (string[])["p0", "p1", "p2"])
        {
            var volume = await VolumeOfAsync(world, $"data-{pod}");
            Assert.True(volumes.Add(volume));
            Assert.Equal(await world.NodeOfAsync(pod), await HostOfAsync(volume));
        }

        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_provisioner_is_told_the_node_and_another_one_when_it_cannot_serve_it()
    {
        await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("vmade"));
        await using var world = await World.StartAsync(fixture, "vmade");
        await using var provisioner = StandInProvisioner.Start(fixture.Plane, "vmade.example", (_, node) => Task.FromResult(!node.EndsWith('1')));
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", VolumeManifests.Class("vmade", "vmade.example"));
        await ClaimAsync(world, VolumeManifests.Claim("data", "vmade"));
        await world.CreateAsync(Using("p", "vmade", "data"));

        await World.UntilAsync("the binding", async () => await world.NodeOfAsync("p") is not null, () => string.Join(", ", provisioner.Asked));
        var node = await world.NodeOfAsync("p");
        // A choice whose write nobody answered in time is written again.
        Assert.Equal([("data", "vmade-0001"), ("data", node!)], provisioner.Asked.Distinct());
        Assert.Equal(node, await HostOfAsync(await VolumeOfAsync(world, "data")));
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_node_gets_no_more_volumes_than_it_can_attach_and_who_finds_no_room_waits_for_it()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("vlimit"));
        await using var world = await World.StartAsync(fixture, "vlimit");
        await using var provisioner = StandInProvisioner.Start(fixture.Plane, "vlimit.example", (_, _) => Task.FromResult(true));
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", VolumeManifests.Class("vlimit", "vlimit.example"));
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/csinodes", VolumeManifests.Limit(nodes[0], "vlimit.example", 1));
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/csinodes", VolumeManifests.Limit(nodes[1], "vlimit.example", 2));
        string[] pods = ["p0", "p1", "p2", "p3"];
        foreach (var pod in pods)
        {
            await ClaimAsync(world, VolumeManifests.Claim($"data-{pod}", "vlimit"));
            await world.CreateAsync(Using(pod, "vlimit", $"data-{pod}"));
        }

        await World.UntilAsync("the binding of three", async () => (await world.CountAsync()).Count == 3, () => string.Join(", ", provisioner.Asked));
        var held = await world.CountAsync();
        Assert.Equal(2, held.Values.Count(place => place.Node == nodes[1]));
        var waiting = pods.Except(held.Keys).Single();
        await WaitsAsync(world, waiting, "not among those that it asks for");
        await world.DeleteAsync(held.First(place => place.Value.Node == nodes[0]).Key);

        await World.UntilAsync("the binding of the last", async () => await world.NodeOfAsync(waiting) == nodes[0]);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Members_of_a_gang_get_their_volumes_where_they_are_and_one_that_cannot_goes_elsewhere_alone()
    {
        await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("vgang"));
        await using var world = await World.StartAsync(fixture, "vgang");
        string? refused = null;
        await using var provisioner = StandInProvisioner.Start(
            fixture.Plane, "vgang.example", (claim, node) => Task.FromResult(claim != "data-m0" || node != (refused ??= node)));
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", VolumeManifests.Class("vgang", "vgang.example"));
        for (var member = 0; member < 4; member++)
        {
            await ClaimAsync(world, VolumeManifests.Claim($"data-m{member}", "vgang"));
            await world.CreateAsync(Manifests.InGang(4, Using($"m{member}", "vgang", $"data-m{member}", gpus: 4)));
        }

        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 4, () => string.Join(", ", provisioner.Asked));
        foreach (var (pod, held) in await world.CountAsync())
            Assert.Equal(held.Node, await HostOfAsync(await VolumeOfAsync(world, $"data-{pod}")));
        Assert.NotEqual(refused, await world.NodeOfAsync("m0"));
        Assert.Equal(5, provisioner.Asked.Count);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Members_of_a_gang_go_each_to_the_node_of_its_own_volume()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("vroles"));
        await using var world = await World.StartAsync(fixture, "vroles");
        foreach (var member in (int[])[0, 2])
        {
            await AddAsync(VolumeManifests.Local($"vroles-{member}", nodes[member], ""));
            await ClaimAsync(world, VolumeManifests.Claim($"data-m{member}", "", volume: $"vroles-{member}"));
            await world.CreateAsync(Manifests.InGang(2, Using($"m{member}", "vroles", $"data-m{member}", gpus: 4)));
        }

        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 2, () => fixture.Plane.LogTails);
        Assert.Equal((nodes[0], nodes[2]), (await world.NodeOfAsync("m0"), await world.NodeOfAsync("m2")));
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_pod_without_its_claim_says_so_and_starts_when_the_claim_comes()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("vmissing"));
        await using var world = await World.StartAsync(fixture, "vmissing");
        await world.CreateAsync(Using("p", "vmissing", "data"));
        await WaitsAsync(world, "p", "PersistentVolumeClaim 'data' does not exist");

        await AddAsync(VolumeManifests.Local("vmissing-disk", nodes[1], ""));
        await ClaimAsync(world, VolumeManifests.Claim("data", "", volume: "vmissing-disk"));

        await World.UntilAsync("the binding", async () => await world.NodeOfAsync("p") == nodes[1]);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneTheory]
    [InlineData("vagain", true)]
    [InlineData("vanew", false)]
    public async Task A_start_between_the_selected_node_and_the_volume_loses_and_doubles_nothing(string space, bool keepsData)
    {
        await fixture.Kubelets.AddNodesAsync(2, Manifests.Group(space));
        var (data, made) = (Directory.CreateTempSubdirectory("pipeline-k8s-"), new TaskCompletionSource<bool>());
        await using var provisioner = StandInProvisioner.Start(fixture.Plane, $"{space}.example", (_, _) => made.Task);
        await fixture.Plane.Api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", VolumeManifests.Class(space, $"{space}.example"));
        await using (var before = await World.StartAsync(fixture, space, data.FullName))
        {
            await ClaimAsync(before, VolumeManifests.Claim("data", space));
            await before.CreateAsync(Using("p", space, "data", gpus: 8));
            await World.UntilAsync("the question to the provisioner", () => Task.FromResult(provisioner.Asked.Count == 1));
            // Who preempts it takes its place; nothing of it runs that would have to be deleted.
            Assert.Equal(EvictionOutcome.Gone, await before.Cluster.EvictAsync(PodTranslation.IdOf((string)(await before.PodAsync("p"))!["metadata"]!["uid"]!), default));
            Assert.Null((await before.PodAsync("p"))!["metadata"]!["deletionTimestamp"]);
            Assert.Null(await before.NodeOfAsync("p"));
        }

        var selected = provisioner.Asked[0].Node;
        await using var after = await World.StartAsync(fixture, space, keepsData ? data.FullName : null, create: false);
        // Whoever comes later gets what is left, not the place for which the volume is made.
        await after.CreateAsync(Manifests.Pod("later", 8, spec: Manifests.InGroup(space)));
        await World.UntilAsync("the binding of the later", async () => await after.NodeOfAsync("later") is not null);
        Assert.NotEqual(selected, await after.NodeOfAsync("later"));
        Assert.Null(await after.NodeOfAsync("p"));
        made.SetResult(true);

        await World.UntilAsync("the binding", async () => await after.NodeOfAsync("p") == selected);
        Assert.Single(provisioner.Asked);
        await after.ModelAgreesAsync();
        data.Delete(recursive: true);
    }

    private Task AddAsync(JsonObject volume) => fixture.Plane.Api.PostAsync("/api/v1/persistentvolumes", volume);

    private Task ClaimAsync(World world, JsonObject claim) => fixture.Plane.Api.PostAsync($"/api/v1/namespaces/{world.Space}/persistentvolumeclaims", claim);

    private async Task<string> VolumeOfAsync(World world, string claim)
        => (string)(await fixture.Plane.Api.GetAsync($"/api/v1/namespaces/{world.Space}/persistentvolumeclaims/{claim}"))["spec"]!["volumeName"]!;

    private async Task<string> HostOfAsync(string volume)
    {
        var required = (await fixture.Plane.Api.GetAsync($"/api/v1/persistentvolumes/{volume}"))["spec"]!["nodeAffinity"]!["required"]!;
        return (string)required["nodeSelectorTerms"]![0]!["matchExpressions"]![0]!["values"]![0]!;
    }

    private static Task WaitsAsync(World world, string pod, string reason) => World.UntilAsync($"the reason of {pod}", async ()
        => (await world.PodAsync(pod))?["status"]?["conditions"]?.AsArray().Any(condition => (string?)condition!["type"] == "PodScheduled"
            && (string?)condition["status"] == "False" && ((string?)condition["message"])?.Contains(reason, StringComparison.Ordinal) == true) == true);

    internal static JsonObject Using(string pod, string group, string claim, int gpus = 1) => Manifests.Pod(pod, gpus, spec: spec =>
    {
        Manifests.InGroup(group)(spec);
        spec["volumes"] = new JsonArray(new JsonObject { ["name"] = "data", ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim } });
    });
}
