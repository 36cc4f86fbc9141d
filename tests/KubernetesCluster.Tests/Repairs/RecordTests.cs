using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Repairs;

/// <summary>What operators see of runs, and what becomes of what they do to it.</summary>
[Collection(nameof(InstalledFixture))]
public sealed class RecordTests(InstalledFixture fixture)
{
    [ControlPlaneFact]
    public async Task A_run_is_seen_by_kubectl_and_follows_its_steps()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "seen-" }))[0];
        using var men = new Repairmen(new ActionBook());
        await using var world = await World.StartAsync(fixture, "seen", wakeups: men);
        var run = await Faults.BreakAsync(world, node);
        await ShowsAsync(run, "Quarantined");
        var table = (await world.Plane.KubectlAsync("get", "noderepairs", run)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await men.WorkUntilAsync(world, run, StepKind.HealthCheck);
        await men.DieAtAsync(world, run, acts: false);
        await ShowsAsync(run, "Verifying");
        var shown = await ObjectAsync(run);

        Assert.Equal(["NAME", "NODE", "STATE", "FAULT", "STEP", "ATTEMPT", "AGE", "MESSAGE"], table[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches($"^{run} +{node} +Quarantined +broken +reboot +1 +[0-9]+s +Out of scheduling", table[1]);
        Assert.Equal((node, "healthCheck", 2, true), ((string?)shown["spec"]!["node"], (string?)shown["status"]!["step"], (int?)shown["status"]!["attempt"], (bool?)shown["status"]!["begun"]));
        Assert.Equal($"f-{node}", (string?)shown["status"]!["alerts"]![0]!["fingerprint"]);
        Assert.Equal(world.Snapshot.Repair.RunById(run)!.Timeline.Length, shown["status"]!["timeline"]!.AsArray().Count);
        Assert.True((long)shown["status"]!["observed"]! > 0);
    }

    [ControlPlaneFact]
    public async Task A_record_that_somebody_edits_or_deletes_is_written_again()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "heal-" }))[0];
        await using var world = await World.StartAsync(fixture, "heal");
        var run = await Faults.BreakAsync(world, node);
        await ShowsAsync(run, "Quarantined");
        var uid = (string?)(await ObjectAsync(run))["metadata"]!["uid"];

        await world.Plane.KubectlAsync("patch", "noderepair", run, "--type=merge", "-p", """{"metadata":{"labels":{"team":"ops"}},"spec":{"node":"other"}}""");
        await world.Plane.Api.PatchAsync($"{Path(run)}/status", JsonNode.Parse("""{"status":{"state":"Healthy","attempt":77,"alerts":null}}""")!);
        await World.UntilAsync("the old content", async () => await ObjectAsync(run) is { } now && (string?)now["spec"]!["node"] == node
            && (string?)now["status"]!["state"] == "Quarantined" && (int?)now["status"]!["attempt"] == 1 && now["status"]!["alerts"]!.AsArray().Count == 1);
        Assert.Equal(("ops", uid), ((string?)(await ObjectAsync(run))["metadata"]!["labels"]!["team"], (string?)(await ObjectAsync(run))["metadata"]!["uid"]));

        await world.Plane.KubectlAsync("delete", "noderepair", run);
        await World.UntilAsync("a new object", async () => await world.Plane.Api.FindAsync(Path(run)) is { } now && (string?)now["status"]?["state"] == "Quarantined");
        Assert.NotEqual(uid, (string?)(await ObjectAsync(run))["metadata"]!["uid"]);
    }

    [ControlPlaneFact]
    public async Task What_is_true_already_is_not_written_and_what_was_missed_is_made_up_for_at_the_start()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(2, new NodeTemplate { Prefix = "start-" });
        var data = Directory.CreateTempSubdirectory("pipeline-k8s-runs-").FullName;
        string kept, lost, version;
        await using (var world = await World.StartAsync(fixture, "start", data))
        {
            (kept, lost) = (await Faults.BreakAsync(world, nodes[0]), await Faults.BreakAsync(world, nodes[1]));
            await ShowsAsync(kept, "Quarantined");
            await ShowsAsync(lost, "Quarantined");
        }

        await fixture.Plane.KubectlAsync("delete", "noderepair", lost);
        version = (string)(await ObjectAsync(kept))["metadata"]!["resourceVersion"]!;
        await fixture.Plane.RunKubectlAsync(["create", "-f", "-"], """{"apiVersion":"pipeline.gpu/v1alpha1","kind":"NodeRepair","metadata":{"name":"r-nobodys-1"},"spec":{"node":"gone"}}""");
        await using (await World.StartAsync(fixture, "start", data, create: false))
        {
            await ShowsAsync(lost, "Quarantined");
            await World.UntilAsync("the end of what is nobody's", async () => await fixture.Plane.Api.FindAsync(Path("r-nobodys-1")) is null);
            Assert.Equal(version, (string)(await ObjectAsync(kept))["metadata"]!["resourceVersion"]!);
        }

        Directory.Delete(data, recursive: true);
    }

    [ControlPlaneFact]
    public async Task Ended_runs_are_kept_up_to_the_bound_and_the_oldest_go()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(3, new NodeTemplate { Prefix = "ended-" });
        await using var world = await World.StartAsync(fixture, "ended", configure: options => options.EndedRuns = 2);
        var runs = new List<string>();
        foreach (var node in nodes)
        {
            runs.Add(await Faults.BreakAsync(world, node));
            await ShowsAsync(runs[^1], "Quarantined");
            await Faults.ResolveAsync(world, node);
        }

        await World.UntilAsync("the end of the oldest", async () => await world.Plane.Api.FindAsync(Path(runs[0])) is null);
        await ShowsAsync(runs[1], "Healthy");
        await ShowsAsync(runs[2], "Healthy");
    }

    [ControlPlaneFact]
    public async Task A_person_who_opens_the_node_cancels_the_run_and_it_is_told()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "cancel-" }))[0];
        await using var world = await World.StartAsync(fixture, "cancel");
        var run = await Faults.BreakAsync(world, node);
        await world.UntilMarkedAsync(node, run);

        await world.Plane.KubectlAsync("uncordon", node);

        await ShowsAsync(run, "Healthy");
        var status = (await ObjectAsync(run))["status"]!;
        Assert.Equal(("CancelledByPerson", "person", false), ((string?)status["reason"], (string?)status["timeline"]!.AsArray()[^1]!["actor"], (bool?)status["holds"]));
        // What did not arrive, or met a write of another's, is repeated by the sweep.
        await World.UntilAsync("the clean node", async () =>
        {
            await world.Service.Loop.SubmitAsync(new SweepCommand());
            return !(await world.NodeAsync(node)).ToJsonString().Contains("pipeline.gpu/", StringComparison.Ordinal);
        });
    }

    [ControlPlaneFact]
    public async Task A_person_who_takes_the_whole_mark_off_cancels_the_run()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "wiped-" }))[0];
        await using var world = await World.StartAsync(fixture, "wiped");
        var run = await Faults.BreakAsync(world, node);
        await world.UntilMarkedAsync(node, run);
        await World.UntilAsync("the model's view of it", () => Task.FromResult(world.Snapshot.Repair.RunById(run)!.Marking.Confirmed.Length > 0));

        var marked = await world.NodeAsync(node);
        var annotations = new JsonObject();
        foreach (var (name, _) in marked["metadata"]!["annotations"]!.AsObject().Where(entry => entry.Key.StartsWith("pipeline.gpu/", StringComparison.Ordinal)))
            annotations[name] = null;
        await world.Plane.Api.PatchAsync($"/api/v1/nodes/{node}", new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations }, ["spec"] = new JsonObject { ["taints"] = null, ["unschedulable"] = null } });

        await ShowsAsync(run, "Healthy");
        Assert.Equal("CancelledByPerson", (string?)(await ObjectAsync(run))["status"]!["reason"]);
    }

    private static string Path(string run) => $"/apis/pipeline.gpu/v1alpha1/noderepairs/{run}";

    private Task<JsonNode> ObjectAsync(string run) => fixture.Plane.Api.GetAsync(Path(run));

    private Task ShowsAsync(string run, string state)
        => World.UntilAsync($"{state} of {run}", async () => (string?)(await fixture.Plane.Api.FindAsync(Path(run)))?["status"]?["state"] == state);
}

/// <summary>The product on a server that nobody has given the NodeRepair kind.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class MissingKindTests(ClusterFixture fixture)
{
    [ControlPlaneFact]
    public async Task Without_the_kind_runs_are_repaired_all_the_same()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "nokind-" }))[0];
        using var men = new Repairmen(new ActionBook());
        await using var world = await World.StartAsync(fixture, "nokind", wakeups: men);

        var run = await Faults.BreakAsync(world, node);
        await men.WorkToTheEndAsync(world, run);

        Assert.Equal(RunState.Healthy, world.Snapshot.Repair.RunById(run)!.State);
        Assert.NotEqual(0, (await fixture.Plane.RunKubectlAsync(["get", "noderepairs"])).ExitCode);
    }
}
