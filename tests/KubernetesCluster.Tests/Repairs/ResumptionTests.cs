using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Repairs;

/// <summary>A leader that has nothing but what the API server holds.</summary>
[Collection(nameof(InstalledFixture))]
public sealed class ResumptionTests(InstalledFixture fixture)
{
    public enum Moment
    {
        Queued,
        Begun,
        Acted,
    }

    [ControlPlaneTheory]
    [InlineData(StepKind.Drain, Moment.Queued, 1)]
    [InlineData(StepKind.Drain, Moment.Begun, 1)]
    [InlineData(StepKind.Reboot, Moment.Queued, 1)]
    [InlineData(StepKind.Reboot, Moment.Acted, 1)]
    // Nobody can tell that it was not done; the check decides, and the node is healthy.
    [InlineData(StepKind.Reboot, Moment.Begun, 0)]
    [InlineData(StepKind.HealthCheck, Moment.Queued, 1)]
    [InlineData(StepKind.HealthCheck, Moment.Begun, 1)]
    [InlineData(StepKind.Soak, Moment.Queued, 1)]
    public async Task A_leader_without_data_brings_the_run_to_its_end_and_no_action_is_done_twice(StepKind step, Moment moment, int reboots)
    {
        var name = $"take-{step}-{moment}".ToLowerInvariant();
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = $"{name}-" }))[0];
        var machines = new ActionBook();
        string run;
        using (var men = new Repairmen(machines))
        {
            await using var first = await World.StartAsync(fixture, name, wakeups: men);
            run = await Faults.BreakAsync(first, node, Faults.DrainAndReboot);
            await men.WorkUntilAsync(first, run, step);
            if (moment != Moment.Queued)
                await men.DieAtAsync(first, run, acts: moment == Moment.Acted);
            await IsKeptAsync(first, run);
        }

        using var others = new Repairmen(machines);
        await using var second = await World.StartAsync(fixture, name, create: false, wakeups: others);
        Assert.True(second.Snapshot.TryFindNode(node, out Pipeline.Scheduling.Snapshots.NodeView view));
        Assert.Equal(run, second.Snapshot.Repair.RunByNumber(view.QuarantinedBy)?.Id);
        Assert.Equal(1, (await second.Service.Loop.SubmitAsync(Faults.Alert(node, AlertStatus.Firing))).Detail is AlertReplies { Outcomes: [AlertOutcome.Duplicate] } ? 1 : 0);
        await others.WorkToTheEndAsync(second, run);

        var ended = second.Snapshot.Repair.RunById(run)!;
        Assert.Equal((RunState.Healthy, 3), (ended.State, ended.Attempt));
        Assert.Equal(reboots, machines.Done.Count(action => action.Node == node));
        await World.UntilAsync("the clean node", async () => !(await second.NodeAsync(node)).ToJsonString().Contains("pipeline.gpu/", StringComparison.Ordinal));
        await World.UntilAsync("the record of the end", async () => (string?)(await RecordAsync(run))?["status"]?["state"] == "Healthy");
    }

    [ControlPlaneFact]
    public async Task A_node_that_waits_for_a_person_does_so_under_the_next_leader()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "person-" }))[0];
        string run;
        await using (var first = await World.StartAsync(fixture, "person"))
        {
            run = await Faults.BreakAsync(first, node, Faults.AskAPerson);
            await IsKeptAsync(first, run);
            await first.UntilMarkedAsync(node, run);
        }

        await using var second = await World.StartAsync(fixture, "person", create: false);
        Assert.True(second.Snapshot.Repair.RunById(run) is { State: RunState.Escalated, Holds: true });
        await second.Service.Loop.SubmitAsync(new ReturnNodeCommand { Node = node, Actor = "ann" });
        await World.UntilAsync("the clean node", async () => !(await second.NodeAsync(node)).ToJsonString().Contains("pipeline.gpu/", StringComparison.Ordinal));
    }

    [ControlPlaneTheory]
    [InlineData("byplaybook", true)]
    [InlineData("byperson", false)]
    public async Task Without_a_record_the_mark_of_the_node_is_enough_to_go_on_or_to_call_a_person(string space, bool hasPolicy)
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = $"{space}-" }))[0];
        var machines = new ActionBook();
        string run;
        using (var men = new Repairmen(machines))
        {
            await using var first = await World.StartAsync(fixture, space, wakeups: men);
            run = await Faults.BreakAsync(first, node, Faults.DrainAndReboot);
            await men.WorkUntilAsync(first, run, StepKind.Reboot);
            await men.DieAtAsync(first, run, acts: true);
            await World.UntilAsync("the mark", async () => (string?)(await first.NodeAsync(node))["metadata"]!["labels"]?["pipeline.gpu/state"] == "Acting");
            await IsKeptAsync(first, run);
        }

        await fixture.Plane.KubectlAsync("delete", "noderepair", run);
        using var others = new Repairmen(machines);
        await using var second = await World.StartAsync(
            fixture, space, create: false, wakeups: others,
            setPolicy: hasPolicy ? async service => await service.Loop.SubmitAsync(new SetPolicyCommand { Policy = Faults.DrainAndReboot }) : null);
        Assert.True(second.Snapshot.Repair.RunById(run)!.Holds);
        if (hasPolicy)
        {
            await others.WorkToTheEndAsync(second, run);
            Assert.Equal(RunState.Healthy, second.Snapshot.Repair.RunById(run)!.State);
            await World.UntilAsync("the clean node", async () => !(await second.NodeAsync(node)).ToJsonString().Contains("pipeline.gpu/", StringComparison.Ordinal));
        }
        else
        {
            Assert.Equal(RunState.Escalated, second.Snapshot.Repair.RunById(run)!.State);
            await World.UntilAsync("the record", async () => (string?)(await RecordAsync(run))?["status"]?["reason"] == "MarkFound");
            Assert.True((bool?)(await second.NodeAsync(node))["spec"]!["unschedulable"]);
        }

        Assert.Single(machines.Done, action => action.Node == node);
    }

    private Task<JsonNode?> RecordAsync(string run) => fixture.Plane.Api.FindAsync($"/apis/pipeline.gpu/v1alpha1/noderepairs/{run}");

    private Task IsKeptAsync(World world, string id) => World.UntilAsync("the record", async () =>
        world.Snapshot.Repair.RunById(id) is { } run && (await RecordAsync(id))?["status"] is { } status && (string?)status["state"] == run.State.ToString()
            && (int?)status["attempt"] == run.Attempt && (bool?)status["begun"] == run.Begun && status["timeline"]!.AsArray().Count == run.Timeline.Length);
}
