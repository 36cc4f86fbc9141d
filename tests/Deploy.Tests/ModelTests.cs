using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pipeline.Deploy.Tests.Support;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

/// <summary>The client's models and the definitions name the same fields: the server drops what it does not know, and says nothing.</summary>
[Collection(InstalledCollection.Name)]
public class ModelTests(InstalledFixture cluster)
{
    private static readonly DateTimeOffset Time = new(2027, 1, 4, 9, 0, 0, 125, TimeSpan.Zero);

    private static readonly DateTimeOffset Second = new(2027, 1, 4, 9, 0, 0, TimeSpan.Zero);

    private static readonly Condition Accepted = new()
    {
        Type = PolicyStatus.Accepted,
        Status = "True",
        Reason = "InForce",
        Message = "in force",
        ObservedGeneration = 1,
        LastTransitionTime = Second,
    };

    [ControlPlaneFact]
    public Task A_workspace_comes_back_as_it_was_written() => AssertKeptAsync(Kinds.Workspaces, new Workspace
    {
        Spec = new() { Description = "budget" },
        Status = new() { ObservedGeneration = 1, Projects = 2, Conditions = [Accepted] },
    });

    [ControlPlaneFact]
    public Task A_project_comes_back_as_it_was_written() => AssertKeptAsync(Kinds.Projects, new Project
    {
        Spec = new()
        {
            Workspace = "w",
            MayBeUrgent = true,
            Quotas = new Dictionary<string, ProjectQuota> { ["H100"] = new() { Reserved = "16", OnDemand = "0.5", Spot = ProjectQuota.Unlimited }, ["*"] = new() },
        },
        Status = new()
        {
            ObservedGeneration = 1,
            Conditions = [Accepted],
            Gpus = "12.5",
            Borrowed = "4",
            Reserved = "8/64",
            Usage = [new() { Group = "H100", Kind = "reserved", Used = "8", Quota = "64" }, new() { Group = "H100", Kind = "borrowed", Used = "4" }],
        },
    });

    [ControlPlaneFact]
    public Task A_machine_profile_comes_back_as_it_was_written() => AssertKeptAsync(Kinds.MachineProfiles, new MachineProfile
    {
        Spec = new() { Gpus = "0.5", Cpu = "12", Memory = "64Gi", Group = "H100" },
        Status = new() { ObservedGeneration = 1, Conditions = [Accepted] },
    });

    [ControlPlaneFact]
    public Task A_reservation_comes_back_as_it_was_written() => AssertKeptAsync(Kinds.Reservations, new Reservation
    {
        Spec = new()
        {
            Project = "p",
            Group = "H100",
            Nodes = 8,
            Start = Second,
            End = Second.AddDays(7),
            Topology = new() { Mode = ReservationTopology.Hard, HighestTier = 2 },
        },
        Status = new() { ObservedGeneration = 1, State = "Draining", Message = "1 node is ill", ShortOf = 1, Nodes = ["n1", "n2"] },
    });

    [ControlPlaneFact]
    public Task A_node_repair_comes_back_as_it_was_written() => AssertKeptAsync(Kinds.NodeRepairs, new NodeRepair
    {
        Spec = new() { Node = "gpu-0012" },
        Status = new()
        {
            State = "Acting",
            FaultClass = "gpu-reset",
            SupersededBy = "gpu-off-bus",
            Playbook = Ladder("gpu-reset"),
            NextPlaybook = Ladder("gpu-off-bus"),
            Rung = 1,
            Observed = 4_711,
            Gpus = [0, 31],
            Step = "gpuReset",
            Attempt = 3,
            Tries = 2,
            Begun = true,
            Deadline = Time,
            Acted = true,
            Drained = true,
            Reason = "AttemptBegun",
            Message = "reset",
            Summary = "XID 48",
            OpenedAt = Time,
            StartsAt = Time,
            EndedAt = Time,
            Alerts = [new() { Fingerprint = "2a4c", StartsAt = Time, ReportedAt = Time, FaultClass = "gpu-reset", Gpus = [3], Resolved = true }],
            Timeline = [new() { At = Time, State = "Acting", Step = "gpuReset", Reason = "AttemptBegun", Actor = "executor", Detail = "reset", Attempt = 3 }],
            Tellings = [new() { Sender = "slack", Reference = "1.2", Told = 4 }],
        },
    });

    private static NodeRepairPlaybook Ladder(string faultClass) => new()
    {
        FaultClass = faultClass,
        Severity = 60,
        Repeats = 2,
        WindowMilliseconds = 600_000,
        Ladder = [new() { Step = "drain", DeadlineMilliseconds = 900_000, Tries = 1, Repeatable = true, EscalateOnFailure = true, OnlyFaultyGpus = true }],
        HealthCheck = new() { Step = "healthCheck", DeadlineMilliseconds = 60_000, Tries = 3 },
        SoakMilliseconds = 300_000,
        Ending = "NeedsHardware",
    };

    private async Task AssertKeptAsync<T>(ResourceKind<T> kind, T sample)
        where T : KubernetesObject
    {
        var written = JsonSerializer.SerializeToNode(sample, KubernetesJson.Options.TypeInfo<T>())!.AsObject();
        var named = Samples.Of(kind.Plural, written["spec"]!.ToJsonString());
        Assert.Equal(kind.Kind, (string?)named["kind"]);
        var path = $"/apis/{kind.ApiVersion}/{kind.Plural}";
        await cluster.Plane.Api.PostAsync(path, named);
        var stored = await cluster.Plane.Api.PatchAsync(
            $"{path}/{named["metadata"]!["name"]}/status", new JsonObject { ["status"] = written["status"]!.DeepClone() });

        Assert.True(JsonNode.DeepEquals(written["spec"], stored["spec"]), $"written: {written["spec"]}\nstored: {stored["spec"]}");
        Assert.True(JsonNode.DeepEquals(written["status"], stored["status"]), $"written: {written["status"]}\nstored: {stored["status"]}");
        var read = stored.Deserialize(KubernetesJson.Options.TypeInfo<T>())!;
        var again = JsonSerializer.SerializeToNode(read, KubernetesJson.Options.TypeInfo<T>())!;
        Assert.True(JsonNode.DeepEquals(written["spec"], again["spec"]) && JsonNode.DeepEquals(written["status"], again["status"]), again.ToJsonString());
        AssertComplete(read);
    }

    /// <summary>A property that the sample leaves out would not have been compared.</summary>
    private static void AssertComplete(KubernetesObject read)
    {
        foreach (var name in new[] { "Spec", "Status" })
        {
            var part = (ModelPart)read.GetType().GetProperty(name)!.GetValue(read)!;
            Assert.Null(part.Unknown);
            Assert.All(
                part.GetType().GetProperties().Where(property => property.Name != nameof(ModelPart.Unknown) && !property.IsDefined(typeof(JsonIgnoreAttribute), inherit: true)),
                property => Assert.NotNull(property.GetValue(part)));
        }
    }
}
