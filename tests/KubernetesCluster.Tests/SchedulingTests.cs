using System.Text.Json.Nodes;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Pods with our schedulerName are bound by us, and those that cannot be say why.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class SchedulingTests(ClusterFixture fixture)
{
    [ControlPlaneFact]
    public async Task Pods_are_bound_with_their_GPUs_and_no_GPU_twice()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("bind"));
        await using var world = await World.StartAsync(fixture, "bind");
        for (var pod = 0; pod < 16; pod++)
            await world.CreateAsync(Manifests.Pod($"p{pod:00}", spec: Manifests.InGroup("bind")));

        await World.UntilAsync("the binding of all", async () => (await world.CountAsync()).Count == 16);
        var bound = await world.CountAsync();
        foreach (var node in nodes)
            Assert.Equal(0xffu, bound.Values.Where(held => held.Node == node).Select(held => held.Gpus).Aggregate((one, other) => (one & other) == 0 ? one | other : uint.MaxValue));
        await world.ModelAgreesAsync();
        await World.UntilAsync("the event", async () => (await world.Plane.KubectlAsync("describe", "pod", "-n", "bind", "p00")).Contains("Successfully assigned bind/p00", StringComparison.Ordinal));
        Assert.DoesNotContain(fixture.Kubelets.Rejections, rejected => nodes.Contains(rejected.Node));
    }

    [ControlPlaneFact]
    public async Task A_gang_is_bound_whole_once_all_members_are_there()
    {
        await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("gang"));
        await using var world = await World.StartAsync(fixture, "gang");
        for (var member = 0; member < 4; member++)
        {
            if (member == 3)
            {
                await World.UntilAsync("the reason to wait", async () => ReasonOf(await world.PodAsync("m0")).Contains("3 of the 4 members", StringComparison.Ordinal));
                Assert.Empty(await world.CountAsync());
            }

            await world.CreateAsync(Manifests.InGang(4, Manifests.Pod($"m{member}", 4, spec: Manifests.InGroup("gang"))));
        }

        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 4);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Members_of_a_gang_that_ask_for_other_nodes_than_each_other_start_together()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("roles") with { Labels = number => new Dictionary<string, string> { ["pipeline.gpu/group"] = "roles", ["disk"] = number == 2 ? "nvme" : "hdd" } });
        await using var world = await World.StartAsync(fixture, "roles");
        await world.CreateAsync(Member("launcher", 0, "ssd"));
        await world.CreateAsync(Member("worker-0", 4, "nvme"));
        await world.CreateAsync(Member("worker-1", 4, "nvme"));
        await World.UntilAsync("the reason to wait", async () => ReasonOf(await world.PodAsync("launcher")).Contains("3 not among those that", StringComparison.Ordinal));
        await world.ModelAgreesAsync();
        Assert.Empty(await world.CountAsync());

        await world.Plane.KubectlAsync("label", "node", nodes[2], "disk=ssd", "--overwrite");
        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 3);
        Assert.Equal((nodes[2], nodes[1], nodes[1]), (await world.NodeOfAsync("launcher"), await world.NodeOfAsync("worker-0"), await world.NodeOfAsync("worker-1")));
        await world.ModelAgreesAsync();

        static JsonObject Member(string name, int gpus, string disk) => Manifests.InGang(3, Manifests.Pod(
            name, gpus, spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "roles", ["disk"] = disk }));
    }

    [ControlPlaneFact]
    public async Task What_does_not_fit_says_why_and_is_bound_when_there_is_room()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("full")))[0];
        await using var world = await World.StartAsync(fixture, "full");
        await world.CreateAsync(Manifests.Pod("holder", 8, node, 0xff));
        await world.ModelAgreesAsync();

        await world.CreateAsync(Manifests.Pod("waiter", 2, spec: Manifests.InGroup("full")));
        await World.UntilAsync("the condition", async () => ReasonOf(await world.PodAsync("waiter")).Contains("too few free GPUs", StringComparison.Ordinal));
        await World.UntilAsync("the event", async () => (await world.Plane.KubectlAsync("describe", "pod", "-n", "full", "waiter")).Contains("FailedScheduling", StringComparison.Ordinal));
        await world.DeleteAsync("holder");

        await World.UntilAsync("the binding", async () => await world.NodeOfAsync("waiter") == node);
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_node_gets_no_more_pods_than_its_kubelet_admits_those_of_others_among_them()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("slots") with { Pods = 4 }))[0];
        await using var world = await World.StartAsync(fixture, "slots");
        var others = Manifests.Pod("others", 0, node, scheduler: "somebody-else");
        others["spec"]!["containers"]![0]!["resources"] = new JsonObject();
        await world.CreateAsync(others);
        for (var pod = 0; pod < 3; pod++)
            await world.CreateAsync(Manifests.Pod($"p{pod}", pod % 2, spec: Manifests.InGroup("slots")));
        await World.UntilAsync("the binding of three", async () => (await world.CountAsync()).Count == 4);

        await world.CreateAsync(Manifests.Pod("fourth", spec: Manifests.InGroup("slots")));
        await World.UntilAsync("the reason", async () => ReasonOf(await world.PodAsync("fourth")).Contains("1 too many pods", StringComparison.Ordinal));
        await world.ModelAgreesAsync();
        Assert.Null(await world.NodeOfAsync("fourth"));
        await world.DeleteAsync("p0");

        await World.UntilAsync("the binding of the fourth", async () => await world.NodeOfAsync("fourth") == node);
        await World.UntilAsync("its start", async () => (string?)(await world.PodAsync("fourth"))!["status"]!["phase"] == "Running");
        await world.ModelAgreesAsync();
        Assert.DoesNotContain(fixture.Kubelets.Rejections, rejected => rejected.Node == node);
    }

    [ControlPlaneFact]
    public async Task Foreign_and_deleted_pods_are_left_alone()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("alone")))[0];
        await using var world = await World.StartAsync(fixture, "alone");
        await world.CreateAsync(Manifests.Pod("foreign", scheduler: "somebody-else", spec: Manifests.InGroup("alone")));
        await world.CreateAsync(Manifests.Pod("bad", spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "no-such-group" }));
        await world.DeleteAsync("bad");
        await world.CreateAsync(Manifests.Pod("ours", spec: Manifests.InGroup("alone")));

        await World.UntilAsync("the binding of ours", async () => await world.NodeOfAsync("ours") == node);
        Assert.Null(await world.NodeOfAsync("foreign"));
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task A_selector_that_the_engine_has_no_word_for_is_kept_and_what_cannot_be_kept_is_refused()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, Manifests.Group("pick") with { Labels = number => new Dictionary<string, string> { ["pipeline.gpu/group"] = "pick", ["disk"] = number == 2 ? "nvme" : "hdd" } });
        await using var world = await World.StartAsync(fixture, "pick");
        for (var pod = 0; pod < 8; pod++)
            await world.CreateAsync(Manifests.Pod($"p{pod}", spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "pick", ["disk"] = "nvme" }));
        await world.CreateAsync(Manifests.Pod("ninth", spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "pick", ["disk"] = "nvme" }));
        await world.CreateAsync(Manifests.InGang(1, Manifests.Pod("together", spec: spec => spec["affinity"] = JsonNode.Parse(
            """{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{},"topologyKey":"zone"}]}}"""))));

        await World.UntilAsync("the binding of eight", async () => (await world.CountAsync()).Count == 8);
        Assert.All(await world.CountAsync(), held => Assert.Equal(nodes[1], held.Value.Node));
        await World.UntilAsync("the reasons", async () =>
        {
            var without = new List<string>();
            foreach (var pod in Enumerable.Range(0, 8).Select(pod => $"p{pod}").Append("ninth"))
            {
                if (await world.NodeOfAsync(pod) is null)
                    without.Add(ReasonOf(await world.PodAsync(pod)));
            }

            return without is [var full] && full.Contains("not among those that it asks for", StringComparison.Ordinal)
                && ReasonOf(await world.PodAsync("together")).Contains("spec.affinity.podAffinity: to want members of its own gang by it is not supported", StringComparison.Ordinal);
        });
    }

    [ControlPlaneFact]
    public async Task What_may_be_on_one_node_only_gets_it_before_those_that_came_later_and_a_label_on_a_free_node_lets_it_run()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("limit") with { Labels = number => new Dictionary<string, string> { ["pipeline.gpu/group"] = "limit", ["disk"] = number == 2 ? "nvme" : "hdd" } });
        await using var world = await World.StartAsync(fixture, "limit");
        foreach (var node in nodes)
            await world.CreateAsync(Manifests.Pod($"on-{node}", 8, node, 0xff));
        await world.ModelAgreesAsync();
        await world.CreateAsync(Manifests.Pod("first", 8, spec: OnDisk("nvme")));
        await WaitsAsync("first", "not among those that it asks for");
        await world.CreateAsync(Manifests.Pod("later", 8, spec: Manifests.InGroup("limit")));
        await WaitsAsync("later", "too few free GPUs");

        await world.DeleteAsync($"on-{nodes[1]}");
        await World.UntilAsync("the binding of the first", async () => await world.NodeOfAsync("first") == nodes[1]);
        Assert.Null(await world.NodeOfAsync("later"));

        await world.DeleteAsync("later");
        await world.CreateAsync(Manifests.Pod("picky", 8, spec: OnDisk("ssd")));
        await world.DeleteAsync($"on-{nodes[0]}");
        await WaitsAsync("picky", "not among those that it asks for");
        await world.ModelAgreesAsync();
        Assert.Null(await world.NodeOfAsync("picky"));
        await world.Plane.KubectlAsync("label", "node", nodes[0], "disk=ssd", "--overwrite");
        await World.UntilAsync("the binding of the one that waited for a label", async () => await world.NodeOfAsync("picky") == nodes[0]);
        await world.ModelAgreesAsync();

        Task WaitsAsync(string pod, string reason)
            => World.UntilAsync($"the reason of {pod}", async () => ReasonOf(await world.PodAsync(pod)).Contains(reason, StringComparison.Ordinal));

        static Action<JsonObject> OnDisk(string disk)
            => spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "limit", ["disk"] = disk };
    }

    [ControlPlaneFact]
    public async Task A_bind_that_is_said_twice_holds_and_one_elsewhere_does_not()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("twice"));
        // A scheduler of its own, so that nobody but the test binds.
        await using var world = await World.StartAsync(fixture, "twice", configure: options => options.SchedulerName = "nobody");
        await world.CreateAsync(Manifests.Pod("p", 2));
        await world.CreateAsync(Manifests.Pod("gone", 2));
        var (id, gone) = (await IdAsync(world, "p"), await IdAsync(world, "gone"));
        await World.UntilAsync("the news of both", () => Task.FromResult(world.Cluster.UidOf(id) is not null && world.Cluster.UidOf(gone) is not null));
        await world.DeleteAsync("gone");

        Assert.True(await world.Cluster.BindAsync(new WorkloadBinding(id, nodes[0], 0x3), default));
        Assert.True(await world.Cluster.BindAsync(new WorkloadBinding(id, nodes[0], 0x3), default));
        Assert.False(await world.Cluster.BindAsync(new WorkloadBinding(id, nodes[1], 0x3), default));
        Assert.False(await world.Cluster.BindAsync(new WorkloadBinding(gone, nodes[1], 0x3), default));
        Assert.Equal((nodes[0], "0x3"), (await world.NodeOfAsync("p"), (string?)(await world.PodAsync("p"))!["metadata"]!["annotations"]!["pipeline.gpu/gpus"]));
    }

    [ControlPlaneFact]
    public async Task A_bind_loses_against_another_scheduler_and_the_model_follows_that_one()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, Manifests.Group("race"));
        await using var world = await World.StartAsync(fixture, "race", configure: options => options.SchedulerName = "nobody");
        await world.CreateAsync(Manifests.Pod("p", 0));
        var id = await IdAsync(world, "p");
        await World.UntilAsync("the news", () => Task.FromResult(world.Cluster.UidOf(id) is not null));
        var rival = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Binding", ["metadata"] = new JsonObject { ["name"] = "p" }, ["target"] = new JsonObject { ["kind"] = "Node", ["name"] = nodes[1] } };
        await world.Plane.Api.PostAsync("/api/v1/namespaces/race/pods/p/binding", rival);

        Assert.False(await world.Cluster.BindAsync(new WorkloadBinding(id, nodes[0], 0), default));
        await world.ModelAgreesAsync();
        Assert.Equal(nodes[1], world.Model()["p"].Node);
    }

    [ControlPlaneFact]
    public async Task Evictions_go_as_far_as_the_budget_allows()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("evict")))[0];
        await using var world = await World.StartAsync(fixture, "evict");
        var labels = new Dictionary<string, string> { ["app"] = "web" };
        await world.CreateAsync(Manifests.Pod("a", 1, node, 0x1, labels));
        await world.CreateAsync(Manifests.Pod("b", 1, node, 0x2, labels));
        await world.Plane.Api.PostAsync("/apis/policy/v1beta1/namespaces/evict/poddisruptionbudgets", Manifests.Budget("web", "web", 1));
        await World.UntilAsync("the budget in the model", () => Task.FromResult(world.Snapshot.Budgets.Any(budget => budget is { Name: "evict/web", Allowed: 1 })
            && world.Snapshot.Workloads().Count(workload => workload.Name.StartsWith("evict/", StringComparison.Ordinal) && workload.Traits.Budget >= 0) == 2));
        var (a, b) = (await IdAsync(world, "a"), await IdAsync(world, "b"));

        Assert.Equal(EvictionOutcome.Accepted, await world.Cluster.EvictAsync(a, default));
        Assert.Equal(EvictionOutcome.Blocked, await world.Cluster.EvictAsync(b, default));
        await World.UntilAsync("the end of a", async () => await world.PodAsync("a") is null);
        await world.ModelAgreesAsync();
        Assert.Equal(EvictionOutcome.Gone, await world.Cluster.EvictAsync(a, default));
        Assert.Single(await world.Cluster.ListWorkloadsAsync(node, default));
        await world.Plane.KubectlAsync("delete", "pdb", "-n", "evict", "web");
        Assert.Equal(EvictionOutcome.Accepted, await world.Cluster.EvictAsync(b, default));
    }

    [ControlPlaneFact]
    public async Task Who_ranks_lower_is_evicted_and_who_ranks_higher_is_nominated_until_the_place_is_free()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, Manifests.Group("rank")))[0];
        await using var world = await World.StartAsync(fixture, "rank");
        await world.CreateAsync(Manifests.Pod("spot", 8, labels: new Dictionary<string, string> { ["pipeline.gpu/provisioning"] = "spot" }, spec: Manifests.InGroup("rank")));
        await World.UntilAsync("the binding of the first", async () => await world.NodeOfAsync("spot") == node);
        await world.CreateAsync(Manifests.Pod("better", 8, labels: new Dictionary<string, string> { ["pipeline.gpu/provisioning"] = "on-demand" }, spec: Manifests.InGroup("rank")));

        await World.UntilAsync("the binding of the second", async () => await world.NodeOfAsync("better") == node);
        Assert.Equal(node, (string?)(await world.PodAsync("better"))!["status"]!["nominatedNodeName"]);
        Assert.Null(await world.PodAsync("spot"));
        await world.ModelAgreesAsync();
    }

    [ControlPlaneFact]
    public async Task Who_ranks_lower_makes_room_for_a_gang_on_the_nodes_that_it_asks_for_and_nobody_leaves_the_others()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(4, Manifests.Group("clear") with { Labels = number => new Dictionary<string, string> { ["pipeline.gpu/group"] = "clear", ["disk"] = number % 2 == 0 ? "nvme" : "hdd" } });
        await using var world = await World.StartAsync(fixture, "clear");
        for (var pod = 0; pod < 4; pod++)
            await world.CreateAsync(Manifests.Pod($"spot-{pod}", 8, labels: new Dictionary<string, string> { ["pipeline.gpu/provisioning"] = "spot" }, spec: Manifests.InGroup("clear")));
        await World.UntilAsync("the binding of all", async () => (await world.CountAsync()).Count == 4);
        string[] asked = [nodes[1], nodes[3]];
        var leaving = (await world.CountAsync()).Where(held => asked.Contains(held.Value.Node)).Select(held => held.Key).ToHashSet();
        for (var member = 0; member < 2; member++)
        {
            await world.CreateAsync(Manifests.InGang(2, Manifests.Pod(
                $"m{member}", 8, labels: new Dictionary<string, string> { ["pipeline.gpu/provisioning"] = "on-demand" },
                spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "clear", ["disk"] = "nvme" })));
        }

        await World.UntilAsync("the binding of the gang", async () => await world.NodeOfAsync("m0") is not null && await world.NodeOfAsync("m1") is not null);
        Assert.Equal(asked.Order(), new[] { await world.NodeOfAsync("m0"), await world.NodeOfAsync("m1") }.Order());
        for (var pod = 0; pod < 4; pod++)
            Assert.Equal(leaving.Contains($"spot-{pod}"), await world.PodAsync($"spot-{pod}") is null);
        await world.ModelAgreesAsync();
    }

    private static string ReasonOf(JsonNode? pod) => pod?["status"]?["conditions"]?.AsArray()
        .Where(condition => (string?)condition!["type"] == "PodScheduled" && (string?)condition["status"] == "False" && (string?)condition["reason"] == "Unschedulable")
        .Select(condition => (string?)condition!["message"]).SingleOrDefault() ?? "";

    private static async Task<ulong> IdAsync(World world, string pod) => PodTranslation.IdOf((string)(await world.PodAsync(pod))!["metadata"]!["uid"]!);
}
