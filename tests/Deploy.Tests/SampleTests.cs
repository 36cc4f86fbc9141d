using System.Text.Json.Nodes;
using Pipeline.Deploy.Tests.Support;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

/// <summary>What operators copy works as it stands.</summary>
public class SampleTests
{
    [ControlPlaneFact]
    public async Task Kube_scheduler_starts_with_the_sample_of_its_version()
    {
        await using var plane = await ControlPlane.StartAsync();
        await plane.StartSchedulerAsync(await File.ReadAllTextAsync(DeployFolder.File("samples/kube-scheduler/v1beta1.yaml")));
        Assert.False(plane.Scheduler!.HasExited);
    }

    [Fact]
    public void Every_configuration_of_kube_scheduler_asks_the_same()
    {
        var older = DeployFolder.Read("samples/kube-scheduler/v1beta1.yaml").Single();
        var newer = DeployFolder.Read("samples/kube-scheduler/v1.yaml").Single();
        var sidecar = DeployFolder.Read("overlays/extender/scheduler.yaml").Single();
        Assert.Equal("kubescheduler.config.k8s.io/v1beta1", (string?)older["apiVersion"]);
        Assert.Equal("kubescheduler.config.k8s.io/v1", (string?)newer["apiVersion"]);
        Assert.Equal((string?)newer["apiVersion"], (string?)sidecar["apiVersion"]);

        older.Remove("apiVersion");
        newer.Remove("apiVersion");
        Assert.True(JsonNode.DeepEquals(older, newer));
        Assert.Equal($"http://127.0.0.1:{SidecarPort()}/extender", (string?)sidecar["extenders"]![0]!["urlPrefix"]);
        foreach (var configuration in new[] { newer, sidecar })
            configuration["extenders"]![0]!.AsObject().Remove("urlPrefix");
        Assert.True(JsonNode.DeepEquals(newer["extenders"], sidecar["extenders"]));
        Assert.Equal((string?)newer["percentageOfNodesToScore"], (string?)sidecar["percentageOfNodesToScore"]);
    }

    [Fact]
    public void The_contact_point_signs_with_a_secret_that_is_not_in_the_file()
    {
        var receiver = DeployFolder.Read("samples/monitoring/grafana-contact-point.yaml").Single()["contactPoints"]![0]!["receivers"]![0]!;
        Assert.Equal("webhook", (string?)receiver["type"]);
        Assert.EndsWith(":7071/api/grafana", (string?)receiver["settings"]!["url"], StringComparison.Ordinal);
        Assert.StartsWith("$", (string?)receiver["settings"]!["hmacConfig"]!["secret"], StringComparison.Ordinal);
        Assert.Equal(GrafanaOptions.DefaultSignatureHeader, (string?)receiver["settings"]!["hmacConfig"]!["header"]);
    }

    /// <summary>Where the extender beside kube-scheduler listens.</summary>
    private static string? SidecarPort()
    {
        var containers = DeployFolder.Read("overlays/extender/deployment.yaml").Single()["spec"]!["template"]!["spec"]!["containers"]!.AsArray();
        var command = containers.Single(container => (string?)container!["name"] == "extender")!["command"]!.AsArray().Select(argument => (string?)argument);
        return command.SkipWhile(argument => argument != "--port").ElementAtOrDefault(1);
    }
}
