using System.Text.Json.Nodes;
using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Reservation objects are reservations of the engine, from their first day to their last.</summary>
[Collection(nameof(InstalledFixture))]
public sealed class DeclaredReservationTests(InstalledFixture fixture)
{
    private const string Path = "/apis/pipeline.gpu/v1alpha1/reservations";

    [ControlPlaneFact]
    public async Task A_reservation_is_kept_drained_used_and_given_back()
    {
        await PrepareAsync("life");
        var data = Directory.CreateTempSubdirectory("pipeline-k8s-").FullName;
        await using (var world = await World.StartAsync(fixture, "life", data))
        {
            await CreateAsync("life-a", "life", 2, TimeSpan.FromDays(1));
            await StateAsync("life-a", "Scheduled");
            Assert.Equal(2, (await StatusAsync("life-a"))!["nodes"]!.AsArray().Count);

            // The other project's nodes are not enough for this one.
            await CreateAsync("life-b", "life", 2, TimeSpan.FromDays(1));
            await StateAsync("life-b", "Refused");
            Assert.Contains("Ask for 1, or start at", (string?)(await StatusAsync("life-b"))!["message"]);

            // One decision: at no moment is there neither the old nor the new.
            await PatchAsync("life-a", new JsonObject { ["nodes"] = 1 });
            await World.UntilAsync("the change", async () => (await StatusAsync("life-a"))?["nodes"]?.AsArray().Count == 1);
            await StateAsync("life-b", "Scheduled");
            await PatchAsync("life-a", new JsonObject { ["nodes"] = 2 });
            await World.UntilAsync("the refusal of the change", async () => ((string?)(await StatusAsync("life-a"))?["message"])?.Contains("what was admitted before stays", StringComparison.Ordinal) == true);
            await StateAsync("life-a", "Scheduled");
            await fixture.Plane.KubectlAsync("delete", "rsv", "life-b");
            await World.UntilAsync("the cancellation", () => Task.FromResult(Live(world, "life").SequenceEqual(["life-a"])));
            await PatchAsync("life-a", new JsonObject { ["nodes"] = 3 });
            await World.UntilAsync("the third node", async () => (await StatusAsync("life-a"))?["nodes"]?.AsArray().Count == 3);
        }

        await CreateAsync("life-c", "life", 1, TimeSpan.FromDays(3));
        await using (var again = await World.StartAsync(fixture, "life", data, create: false))
        {
            await StateAsync("life-c", "Scheduled");
            Assert.Equal(["life-a", "life-c"], Live(again, "life"));
            await fixture.Plane.KubectlAsync("delete", "rsv", "life-a", "life-c");
            await World.UntilAsync("the end of all", () => Task.FromResult(!Live(again, "life").Any()));
        }

        Directory.Delete(data, recursive: true);
    }

    [ControlPlaneFact]
    public async Task Its_state_follows_the_time_and_its_nodes_are_for_those_that_name_it()
    {
        await PrepareAsync("follow");
        await using var world = await World.StartAsync(fixture, "follow");
        Dictionary<string, string> labels = new() { ["pipeline.gpu/project"] = "follow", ["pipeline.gpu/provisioning"] = "reserved" };
        await CreateAsync("follow-a", "follow", 3, TimeSpan.FromSeconds(15));
        await StateAsync("follow-a", "Scheduled");
        await world.CreateAsync(Manifests.Pod("stranger", 1, labels: labels, spec: InGroup));
        await world.CreateAsync(Manifests.Pod("guest", 1, labels: new Dictionary<string, string>(labels) { ["pipeline.gpu/reservation"] = "follow-a" }, spec: InGroup));
        // Nobody else sweeps here.
        await World.UntilAsync("the start", async () =>
        {
            await world.Service.Loop.SubmitAsync(new Pipeline.Scheduling.Commands.SweepCommand());
            return (string?)(await StatusAsync("follow-a"))?["state"] == "Active";
        });
        var row = (await fixture.Plane.KubectlAsync("get", "rsv", "follow-a")).Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["follow-a", "follow", "follow", "3"], row[..4]);
        Assert.Equal("Active", row[6]);
        await World.UntilAsync("the guest on its node", async () => await world.NodeOfAsync("guest") is not null);
        Assert.Null(await world.NodeOfAsync("stranger"));

        await PatchAsync("follow-a", new JsonObject { ["nodes"] = 2 });
        await World.UntilAsync("the refusal", async () => ((string?)(await StatusAsync("follow-a"))?["message"])?.Contains("has begun", StringComparison.Ordinal) == true);
        Assert.Equal(1, (int)(await StatusAsync("follow-a"))!["observedGeneration"]!);
        await fixture.Plane.KubectlAsync("delete", "rsv", "follow-a");
        await World.UntilAsync("the end", () => Task.FromResult(!Live(world, "follow").Any()));
        await World.UntilAsync("the stranger on a node that is free again", async () => await world.NodeOfAsync("stranger") is not null);

        static void InGroup(JsonObject spec) => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "follow" };
    }

    private static IEnumerable<string> Live(World world, string project) => world.Snapshot.Reservations.Live.Values
        .Where(held => held.Actor == DeclaredReservations.Actor && world.Snapshot.Projects[held.Request.Project] == project).Select(held => held.Request.Name).Order(StringComparer.Ordinal);

    /// <summary>Three nodes of a group, and a project with a quota for them.</summary>
    private async Task PrepareAsync(string name)
    {
        await fixture.Kubelets.AddNodesAsync(3, new NodeTemplate { Prefix = $"{name}-", Group = name, GroupLabel = "pipeline.gpu/group" });
        await fixture.Plane.Api.PostAsync("/apis/pipeline.gpu/v1alpha1/workspaces", Item("Workspace", name, new JsonObject()));
        await fixture.Plane.Api.PostAsync("/apis/pipeline.gpu/v1alpha1/projects", Item("Project", name, new JsonObject
        {
            ["workspace"] = name,
            ["quotas"] = new JsonObject { [name] = new JsonObject { ["reserved"] = 24 } },
        }));
    }

    private Task CreateAsync(string name, string project, int nodes, TimeSpan ahead)
    {
        var start = DateTimeOffset.UtcNow + ahead;
        return fixture.Plane.Api.PostAsync(Path, Item("Reservation", name, new JsonObject
        {
            ["project"] = project,
            ["group"] = project,
            ["nodes"] = nodes,
            ["start"] = $"{start:yyyy-MM-ddTHH:mm:ssZ}",
            ["end"] = $"{start.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}",
        }));
    }

    private Task PatchAsync(string name, JsonObject spec) => fixture.Plane.Api.PatchAsync($"{Path}/{name}", new JsonObject { ["spec"] = spec });

    private Task StateAsync(string name, string state) => World.UntilAsync(
        $"{state} of {name}", async () => (string?)(await StatusAsync(name))?["state"] == state, () => StatusAsync(name).GetAwaiter().GetResult()?.ToJsonString() ?? "no status");

    private async Task<JsonNode?> StatusAsync(string name) => (await fixture.Plane.Api.GetAsync($"{Path}/{name}"))["status"];

    private static JsonObject Item(string kind, string name, JsonObject spec)
        => new() { ["apiVersion"] = "pipeline.gpu/v1alpha1", ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec };
}
