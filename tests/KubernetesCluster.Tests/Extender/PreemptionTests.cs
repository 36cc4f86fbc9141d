using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Extender;

/// <summary>kube-scheduler that sends whole nodes instead of their names, and preempts.</summary>
public sealed class PreemptionTests(SchedulerWorld world) : IClassFixture<SchedulerWorld>
{
    [ControlPlaneFact]
    public async Task One_that_may_preempt_gets_the_node_of_one_that_goes_and_nobody_else_goes()
    {
        await world.Plane.StartSchedulerAsync(SchedulerSample.With(world.ExtenderAddress).Replace("nodeCacheCapable: true", "nodeCacheCapable: false", StringComparison.Ordinal));
        await world.Plane.Api.PostAsync("/apis/scheduling.k8s.io/v1/priorityclasses", new JsonObject
        {
            ["apiVersion"] = "scheduling.k8s.io/v1",
            ["kind"] = "PriorityClass",
            ["metadata"] = new JsonObject { ["name"] = "high" },
            ["value"] = 1_000,
        });
        for (var pod = 0; pod < SchedulerWorld.Nodes; pod++)
            await world.CreatePodAsync($"full-{pod:00}", 8);
        await world.UntilBoundAsync("full-", SchedulerWorld.Nodes);
        var before = (await world.BoundAsync("full-")).ToDictionary(NameOf, NodeOf);

        await world.CreatePodAsync("urgent", 8, priority: "high");
        await world.UntilBoundAsync("urgent", 1);

        var after = (await world.BoundAsync("full-")).Select(NameOf).ToHashSet();
        var gone = Assert.Single(before, pod => !after.Contains(pod.Key));
        Assert.Equal(gone.Value, NodeOf((await world.BoundAsync("urgent")).Single()));
        Assert.Equal(SchedulerWorld.Nodes, world.Service.Loop.Snapshot.WorkloadCount);
    }

    private static string NameOf(JsonNode pod) => (string)pod["metadata"]!["name"]!;

    private static string NodeOf(JsonNode pod) => (string)pod["spec"]!["nodeName"]!;
}
