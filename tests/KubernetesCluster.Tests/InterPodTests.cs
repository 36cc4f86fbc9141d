using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Pods that may not be on the same nodes as others, or only there.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class InterPodTests(ClusterFixture fixture)
{
    private static readonly Dictionary<string, string> Web = new() { ["app"] = "web" };

    [ControlPlaneFact]
    public async Task Replicas_that_keep_each_other_off_are_one_a_node_and_the_next_waits_for_one_to_go()
    {
        await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("apart"));
        await using var world = await World.StartAsync(fixture, "apart");
        for (var replica = 0; replica < 4; replica++)
            await world.CreateAsync(Replica($"r{replica}", "apart"));

        await World.UntilAsync("the binding of three", async () => (await world.CountAsync()).Count == 3);
        Assert.Equal(3, (await world.CountAsync()).Values.Select(held => held.Node).Distinct().Count());
        string[] all = ["r0", "r1", "r2", "r3"];
        var last = all.Except((await world.CountAsync()).Keys).Single();
        await World.UntilAsync("the reason", async () => ((string?)(await world.PodAsync(last))?["status"]?["conditions"]?.ToJsonString())?.Contains("3 not among those that", StringComparison.Ordinal) == true);
        var (gone, freed) = (await world.CountAsync()).Select(held => (held.Key, held.Value.Node)).First();
        await world.DeleteAsync(gone);

        await World.UntilAsync("the binding of the last", async () => await world.NodeOfAsync(last) == freed);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Replicas_that_keep_each_other_off_have_others_leave_one_node_each_and_no_more()
    {
        await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("oust"));
        await using var world = await World.StartAsync(fixture, "oust");
        for (var spot = 0; spot < 6; spot++)
            await world.CreateAsync(Manifests.Pod($"spot{spot}", 4, labels: Provisioned("spot"), spec: Manifests.InGroup("oust")));
        await World.UntilAsync("the binding of those that fill the nodes", async () => (await world.CountAsync()).Count == 6);
        // While somebody waits nobody is placed at once: a cycle through the queue judges all replicas together.
        await world.CreateAsync(Manifests.Pod("never", spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "oust", ["disk"] = "none" }));
        await World.UntilAsync("the reason", async () => ((string?)(await world.PodAsync("never"))?["status"]?["conditions"]?.ToJsonString())?.Contains("3 not among those that", StringComparison.Ordinal) == true);
        string[] replicas = ["r0", "r1", "r2"];
        foreach (var replica in replicas)
        {
            await world.CreateAsync(Manifests.Pod(replica, 4, labels: new Dictionary<string, string>(Web) { ["pipeline.gpu/provisioning"] = "on-demand" }, spec: spec =>
            {
                Manifests.InGroup("oust")(spec);
                Rule("podAntiAffinity", "web")(spec);
            }));
        }

        await World.UntilAsync("the binding of the replicas", async () => replicas.All((await world.CountAsync()).ContainsKey));
        var bound = await world.CountAsync();
        Assert.Equal(3, replicas.Select(replica => bound[replica].Node).Distinct().Count());
        Assert.Equal(3, bound.Keys.Except(replicas).Count());
        await world.ModelAgreesAsync();

        static Dictionary<string, string> Provisioned(string provisioning) => new() { ["pipeline.gpu/provisioning"] = provisioning };
    }

    [ControlPlaneFact]
    public async Task A_pod_of_another_scheduler_keeps_ours_off_and_draws_ours_to_it()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("kept"));
        await using var world = await World.StartAsync(fixture, "kept");
        await world.CreateAsync(Manifests.Pod("db", 0, nodes[0], labels: new Dictionary<string, string> { ["app"] = "db" }, scheduler: "somebody-else", spec: Rule("podAntiAffinity", "web")));
        await world.CreateAsync(Manifests.Pod("web", labels: Web, spec: Manifests.InGroup("kept")));
        await world.CreateAsync(Manifests.Pod("by-db", spec: spec =>
        {
            Manifests.InGroup("kept")(spec);
            Rule("podAffinity", "db")(spec);
        }));

        await World.UntilAsync("the binding of both", async () => (await world.CountAsync()).Count == 3);
        Assert.Equal((nodes[1], nodes[0]), (await world.NodeOfAsync("web"), await world.NodeOfAsync("by-db")));
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Replicas_are_spread_over_zones_and_take_a_port_of_their_node_each()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(4, Manifests.Group("zones") with
        {
            Labels = number => new Dictionary<string, string> { ["pipeline.gpu/group"] = "zones", ["zone"] = number == 1 ? "a" : "b" },
        });
        await using var world = await World.StartAsync(fixture, "zones");
        for (var replica = 0; replica < 3; replica++)
        {
            await world.CreateAsync(Manifests.Pod($"s{replica}", labels: Web, spec: spec =>
            {
                Manifests.InGroup("zones")(spec);
                spec["topologySpreadConstraints"] = JsonNode.Parse(
                    """[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}]""");
                spec["containers"]![0]!["ports"] = JsonNode.Parse("""[{"containerPort":8080,"hostPort":8080}]""");
            }));
        }

        // One in the zone of one node, whose port is taken then, and two in the other.
        await World.UntilAsync("the binding of all", async () => (await world.CountAsync()).Count == 3);
        var bound = (await world.CountAsync()).Values.Select(held => held.Node).ToList();
        Assert.Equal((3, 1), (bound.Distinct().Count(), bound.Count(node => node == nodes[0])));
        await World.UntilAsync("their start", async () => (await world.CountAsync()).Count == 3 && (string?)(await world.PodAsync("s2"))!["status"]!["phase"] == "Running");
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_gang_on_the_network_of_its_nodes_starts_whole_on_nodes_of_which_nobody_has_its_port()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("host"));
        await using var world = await World.StartAsync(fixture, "host");
        await world.CreateAsync(Manifests.Pod("holder", 0, nodes[0], spec: OnHost));
        for (var member = 0; member < 2; member++)
            await world.CreateAsync(Manifests.InGang(2, Manifests.Pod($"m{member}", 8, spec: OnHost)));

        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 3);
        Assert.Equal(nodes.Skip(1).Order(), new[] { await world.NodeOfAsync("m0"), await world.NodeOfAsync("m1") }.Order());
        await world.ModelAgreesAsync();

        // The server makes the port one of the host.
        static void OnHost(JsonObject spec)
        {
            Manifests.InGroup("host")(spec);
            spec["hostNetwork"] = true;
            spec["containers"]![0]!["ports"] = JsonNode.Parse("""[{"containerPort":29500}]""");
        }
    }

    [ControlPlaneFact]
    public async Task Members_of_a_gang_that_keep_each_other_off_are_one_a_node_and_keep_off_other_applications()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(4, Manifests.Group("mates"));
        await using var world = await World.StartAsync(fixture, "mates");
        await world.CreateAsync(Manifests.Pod("noisy", 1, nodes[0], 1, labels: new Dictionary<string, string> { ["app"] = "noisy" }));
        await world.ModelAgreesAsync();
        for (var member = 0; member < 3; member++)
            await world.CreateAsync(Member(member, least: 3));

        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 4);
        Assert.Equal(nodes.Skip(1).Order(), (await world.CountAsync()).Where(held => held.Key != "noisy").Select(held => held.Value.Node).Order());
        await world.CreateAsync(Member(3, least: 3));
        await World.UntilAsync("the reason", async () => ((string?)(await world.PodAsync("m3"))?["status"]?["conditions"]?.ToJsonString())?.Contains("4 not among those that", StringComparison.Ordinal) == true);
        await world.DeleteAsync("noisy");

        await World.UntilAsync("the binding of the one that came later", async () => await world.NodeOfAsync("m3") == nodes[0]);
        await world.ModelAgreesAsync();

        static JsonObject Member(int member, int least)
        {
            var labels = new Dictionary<string, string>(Web) { ["training.kubeflow.org/replica-index"] = $"{member}" };
            return Manifests.InGang(least, Manifests.Pod($"m{member}", labels: labels, spec: spec =>
            {
                Manifests.InGroup("mates")(spec);
                Rule("podAntiAffinity", "web")(spec);
                var terms = spec["affinity"]!["podAntiAffinity"]!["requiredDuringSchedulingIgnoredDuringExecution"]!.AsArray();
                var other = terms[0]!.DeepClone();
                other["labelSelector"]!["matchLabels"]!["app"] = "noisy";
                terms.Add(other);
            }));
        }
    }

    private static JsonObject Replica(string name, string group) => Manifests.Pod(name, labels: Web, spec: spec =>
    {
        Manifests.InGroup(group)(spec);
        Rule("podAntiAffinity", "web")(spec);
    });

    private static Action<JsonObject> Rule(string kind, string app) => spec => spec["affinity"] = new JsonObject
    {
        [kind] = new JsonObject
        {
            ["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonArray(new JsonObject
            {
                ["labelSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = app } },
                ["topologyKey"] = "kubernetes.io/hostname",
            }),
        },
    };
}
