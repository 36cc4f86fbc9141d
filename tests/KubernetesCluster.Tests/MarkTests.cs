using System.Text.Json.Nodes;
using Pipeline.Contracts.Cluster;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>What operators see of a run on its node, and what becomes of what they do themselves.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class MarkTests(ClusterFixture fixture)
{
    [ControlPlaneFact]
    public async Task A_mark_is_seen_by_kubectl_and_leaves_nothing_behind()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "mark-" }))[0];
        await using var world = await World.StartAsync(fixture, "mark");

        await world.Cluster.MarkAsync(new NodeMark(node, "r-1", "Quarantined", "Drain"), default);
        await world.Cluster.MarkAsync(new NodeMark(node, "r-1", "Draining", "Drain"), default);
        // The controller manager writes the node as well: it turns a cordon into a taint.
        await World.UntilAsync("the taint of the cordon", async () => (await world.NodeAsync(node))["spec"]!["taints"]!.AsArray().Count == 2);
        var version = (string)(await world.NodeAsync(node))["metadata"]!["resourceVersion"]!;
        await world.Cluster.MarkAsync(new NodeMark(node, "r-1", "Draining", "Drain"), default);

        Assert.Equal(version, (string)(await world.NodeAsync(node))["metadata"]!["resourceVersion"]!);
        Assert.Contains("SchedulingDisabled", await world.Plane.KubectlAsync("get", "node", node), StringComparison.Ordinal);
        var description = await world.Plane.KubectlAsync("describe", "node", node);
        Assert.Contains("pipeline.gpu/quarantined=r-1:NoSchedule", description, StringComparison.Ordinal);
        Assert.Contains("pipeline.gpu/state=Draining", description, StringComparison.Ordinal);
        Assert.Contains("pipeline.gpu/run: r-1", description, StringComparison.Ordinal);
        Assert.Contains("pipeline.gpu/cordon-owner: r-1", description, StringComparison.Ordinal);

        await world.Cluster.UnmarkAsync(node, "r-other", default);
        Assert.Equal(version, (string)(await world.NodeAsync(node))["metadata"]!["resourceVersion"]!);
        await world.Cluster.UnmarkAsync(node, "r-1", default);
        await world.Cluster.UnmarkAsync(node, "r-1", default);
        await world.Cluster.UnmarkAsync("no-such-node", "r-1", default);
        Assert.DoesNotContain("pipeline.gpu", (await world.NodeAsync(node)).ToJsonString(), StringComparison.Ordinal);
        Assert.Null((await world.NodeAsync(node))["spec"]!["unschedulable"]);
    }

    [ControlPlaneFact]
    public async Task A_cordon_and_taints_of_others_are_as_they_were_after_a_run()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "foreign-" }))[0];
        await fixture.Plane.KubectlAsync("cordon", node);
        await fixture.Plane.KubectlAsync("taint", "node", node, "dedicated=vision:NoExecute");
        await World.UntilAsync("the taint of the cordon", async () => (await fixture.Plane.Api.GetAsync($"/api/v1/nodes/{node}"))["spec"]!["taints"]!.AsArray().Count == 2);
        await using var world = await World.StartAsync(fixture, "foreign");
        var before = (await world.NodeAsync(node))["spec"]!.ToJsonString();

        await world.Cluster.MarkAsync(new NodeMark(node, "r-1", "Quarantined", "Drain"), default);
        Assert.Equal("person", (string?)(await world.NodeAsync(node))["metadata"]!["annotations"]!["pipeline.gpu/cordon-owner"]);
        Assert.Equal("person", (await world.Cluster.ListAsync(default)).Nodes.Single(known => known.Name == node).CordonOwner);
        await world.Cluster.UnmarkAsync(node, "r-1", default);

        Assert.Equal(before, (await world.NodeAsync(node))["spec"]!.ToJsonString());
    }

    [ControlPlaneFact]
    public async Task Marks_and_what_people_write_on_the_same_node_at_the_same_time_leave_each_other_alone()
    {
        const int Runs = 12;
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "busy-" }))[0];
        await using var world = await World.StartAsync(fixture, "busy");
        // Its node lifecycle controller replaces the whole list of taints by what it knew of it some time ago, whoever wrote there since.
        fixture.Plane.ControllerManager!.Pause();
        try
        {
            using var stop = new CancellationTokenSource();
            var people = new People(world, node);
            var writing = new[] { people.LabelAsync(stop.Token), people.AnnotateAsync(stop.Token), people.TaintAsync(stop.Token) };
            for (var run = 0; run < Runs; run++)
            {
                var cordons = run % 2 == 1;
                if (cordons)
                    await world.Plane.KubectlAsync("cordon", node);
                await world.Cluster.MarkAsync(new NodeMark(node, $"r-{run}", "Quarantined", "Drain"), default);
                var marked = await world.NodeAsync(node);
                Assert.Equal(
                    ($"r-{run}", "Drain", cordons ? "person" : $"r-{run}", "Quarantined"),
                    (Annotation(marked, "run"), Annotation(marked, "step"), Annotation(marked, "cordon-owner"), (string?)marked["metadata"]!["labels"]!["pipeline.gpu/state"]));
                Assert.Contains($"r-{run}", Taints(marked));
                Assert.True((bool?)marked["spec"]!["unschedulable"]);

                await world.Cluster.UnmarkAsync(node, $"r-{run}", default);
                var clean = await world.NodeAsync(node);
                Assert.DoesNotContain("pipeline.gpu/", clean["metadata"]!["labels"]!.ToJsonString() + clean["metadata"]!["annotations"]!.ToJsonString() + clean["spec"]!.ToJsonString(), StringComparison.Ordinal);
                Assert.Equal(cordons, (bool?)clean["spec"]!["unschedulable"] == true);
                if (cordons)
                    await world.Plane.KubectlAsync("uncordon", node);
            }

            await stop.CancelAsync();
            await Task.WhenAll(writing);
            Assert.All(people.Written, count => Assert.True(count > 2, $"Somebody wrote only {count} times."));
        }
        finally
        {
            fixture.Plane.ControllerManager!.Resume();
        }

        await world.ModelAgreesAsync();
    }

    [ControlPlaneTheory]
    [InlineData("lift-uncordon", "uncordon")]
    [InlineData("lift-taint", "taint")]
    public async Task A_person_who_opens_the_node_ends_the_run(string space, string how)
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = $"{space}-" }))[0];
        await using var world = await World.StartAsync(fixture, space);
        var run = await Faults.BreakAsync(world, node);
        await world.UntilMarkedAsync(node, run);

        if (how == "uncordon")
            await world.Plane.KubectlAsync("uncordon", node);
        else
            await world.Plane.KubectlAsync("taint", "node", node, "pipeline.gpu/quarantined-");

        await World.UntilAsync("the end of the run", () => Task.FromResult(world.Snapshot.Repair.RunById(run)!.Ended));
        await World.UntilAsync("the clean node", async () => !(await world.NodeAsync(node)).ToJsonString().Contains("pipeline.gpu/", StringComparison.Ordinal));
        Assert.True(world.Snapshot.TryFindNode(node, out Pipeline.Scheduling.Snapshots.NodeView view));
        Assert.Equal((0L, false), (view.QuarantinedBy, view.ForeignCordon));
        Assert.Null((await world.NodeAsync(node))["spec"]!["unschedulable"]);
    }

    [ControlPlaneFact]
    public async Task A_list_of_taints_made_from_an_older_copy_of_the_node_does_not_open_it()
    {
        const int Writes = 10;
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "stale-" }))[0];
        await using var world = await World.StartAsync(fixture, "stale");
        var run = await Faults.BreakAsync(world, node);

        for (var write = 0; write < Writes; write++)
        {
            await UntilTaintedAsync(world, node, run);
            // As kubectl taint and the node lifecycle controller do, without the version that they have read.
            var taint = new JsonObject { ["key"] = "example.com/disk", ["value"] = $"{write}", ["effect"] = "NoSchedule" };
            await world.Plane.Api.PatchAsync($"/api/v1/nodes/{node}", new JsonObject { ["spec"] = new JsonObject { ["taints"] = new JsonArray(taint) } });
        }

        // The controller's own lists may have lost the last of them by now.
        await World.UntilAsync("the taint and that of the cordon", async () => Taints(await world.NodeAsync(node)) is var taints && taints.Contains(run) && taints.Contains(null));
        Assert.False(world.Snapshot.Repair.RunById(run)!.Ended);
        await world.Plane.KubectlAsync("taint", "node", node, "pipeline.gpu/quarantined-");
        await World.UntilAsync("the end of the run", () => Task.FromResult(world.Snapshot.Repair.RunById(run)!.Ended));
    }

    [ControlPlaneFact]
    public async Task A_list_of_taints_that_the_node_lifecycle_controller_writes_once_more_does_not_open_the_node()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "again-" }))[0];
        await using var world = await World.StartAsync(fixture, "again");
        var run = await Faults.BreakAsync(world, node);
        await world.UntilMarkedAsync(node, run);
        await World.UntilAsync("the taint of the cordon", async () => Taints(await world.NodeAsync(node)).Count == 2);
        var list = new JsonArray([.. (await world.NodeAsync(node))["spec"]!["taints"]!.AsArray().Where(taint => (string?)taint!["value"] != run).Select(taint => taint!.DeepClone())]);

        for (var write = 0; write < 3; write++)
        {
            await UntilTaintedAsync(world, node, run);
            await world.Plane.Api.PatchAsync($"/api/v1/nodes/{node}?fieldManager=kube-controller-manager", new JsonObject { ["spec"] = new JsonObject { ["taints"] = list.DeepClone() } });
        }

        await UntilTaintedAsync(world, node, run);
        Assert.False(world.Snapshot.Repair.RunById(run)!.Ended);
    }

    [ControlPlaneFact]
    public async Task A_person_who_cordons_the_node_before_the_run_has_it_stay_cordoned()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "keep-" }))[0];
        await using var world = await World.StartAsync(fixture, "keep");
        await world.Plane.KubectlAsync("cordon", node);
        await World.UntilAsync("the cordon in the model", () => Task.FromResult(world.Snapshot.TryFindNode(node, out Pipeline.Scheduling.Snapshots.NodeView view) && view.ForeignCordon));

        var run = await Faults.BreakAsync(world, node);
        await world.UntilMarkedAsync(node, run);
        await Faults.ResolveAsync(world, node);
        await World.UntilAsync("the clean node", async () => !(await world.NodeAsync(node)).ToJsonString().Contains("pipeline.gpu/", StringComparison.Ordinal));

        Assert.True((bool?)(await world.NodeAsync(node))["spec"]!["unschedulable"]);
    }

    private static string? Annotation(JsonNode node, string name) => (string?)node["metadata"]!["annotations"]![$"pipeline.gpu/{name}"];

    private static Task UntilTaintedAsync(World world, string node, string run)
        => World.UntilAsync("the taint", async () => Taints(await world.NodeAsync(node)).Contains(run), () => world.Snapshot.Repair.RunById(run)!.ToString());

    private static List<string?> Taints(JsonNode node) => [.. (node["spec"]!["taints"]?.AsArray() ?? []).Select(taint => (string?)taint!["value"])];
}
