using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Kubernetes.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <summary>When a node has booted that did not say in which boot it was (status.nodeInfo.bootID).</summary>
public sealed class NodeBootTests
{
    [Theory]
    [InlineData("it says its first boot later", "Succeeded", "2026-01-01T09:59:00Z", "first", ActionState.Running)]
    [InlineData("it came back but the pod waits", "Pending", "2026-01-01T10:05:00Z", "first", ActionState.Running)]
    [InlineData("it was away", "Succeeded", "2026-01-01T10:05:00Z", "first", ActionState.Succeeded)]
    [InlineData("it was away and took the pod along", "Failed", "2026-01-01T10:05:00Z", "", ActionState.Succeeded)]
    [InlineData("the command failed", "Failed", "2026-01-01T09:59:00Z", "", ActionState.Failed)]
    public async Task A_node_that_did_not_say_its_boot_has_to_go_and_come_back(string what, string phase, string since, string boot, ActionState expected)
    {
        var pod = $$"""
            {"metadata":{"name":"{{ActionPods.NameOf("r-1/1")}}","namespace":"pipeline-system","creationTimestamp":"2026-01-01T10:00:00Z",
            "labels":{"pipeline.gpu/action":"reboot","pipeline.gpu/action-node":"n1"},
            "annotations":{"pipeline.gpu/action-key":"r-1/1","pipeline.gpu/action-node":"n1","pipeline.gpu/boot-id":""} },
            "spec":{"nodeName":"n1"},"status":{"phase":"{{phase}}"} }
            """;
        var node = $$"""
            {"metadata":{"name":"n1"},"status":{"nodeInfo":{"bootID":"{{boot}}"},"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"{{since}}"}]} }
            """;
        await using var server = await ApiDouble.StartAsync((context, _, _) => context.JsonAsync(context.Request.Path.Value!.EndsWith("nodes/n1", StringComparison.Ordinal) ? node : pod));
        using var client = server.Client();

        var status = await new KubernetesNodeActions(client, new KubernetesOptions(), TimeProvider.System).GetAsync("r-1/1", CancellationToken.None).Bounded();

        Assert.Equal((what, expected), (what, status.State));
    }
}
