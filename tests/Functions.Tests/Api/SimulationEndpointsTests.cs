using System.Net;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Functions.Tests.Api;

public sealed class SimulationEndpointsTests
{
    [Fact]
    public async Task Kinds_are_listed_for_the_buttons()
    {
        await using var host = await ApiHost.StartAsync();
        var (_, body) = await host.GetAsync("/sim/kinds");
        Assert.Equal(
            """{"kinds":[{"name":"xid79","title":"GPU off the bus","needsGpu":true},{"name":"driverHung","title":"Driver hung","needsGpu":false},{"name":"silent","title":"Silent fault","needsGpu":false}]}""",
            body);
    }

    [Fact]
    public async Task A_fault_breaks_the_part_and_raises_its_alert()
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await host.PostAsync("/sim/faults", """{"node":"gpu-0001","kind":"xid79","gpu":3}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"node":"gpu-0001","kind":"xid79","gpu":3,"alert":"GpuXid"}""", body);
        Assert.Equal([new SimulatedFault("gpu-0001", "xid79", 3)], host.Simulation.Broken);
        Assert.Equal([("GpuXid", "gpu-0001", host.Time.GetUtcNow())], host.Simulation.Alerts);
    }

    [Fact]
    public async Task A_node_tells_which_actions_ran_on_it()
    {
        await using var host = await ApiHost.StartAsync();
        var (_, body) = await host.GetAsync("/sim/actions?node=gpu-0001");
        Assert.Equal(
            """{"actions":[{"key":"r-1-1/2","kind":"Reboot","state":"Succeeded","startedAt":"1970-01-01T00:00:00.000Z","detail":"up"}]}""",
            body);
        var (status, error) = await host.GetAsync("/sim/actions");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("""{"error":"node: """, error);
    }

    [Theory]
    [InlineData("""{"node":"gpu-0001","kind":"xid79","gpu":3,"alert":false}""")]
    [InlineData("""{"node":"gpu-0001","kind":"silent"}""")]
    public async Task A_part_can_break_silently(string json)
    {
        await using var host = await ApiHost.StartAsync();
        var (_, body) = await host.PostAsync("/sim/faults", json);
        Assert.EndsWith("\"alert\":null}", body);
        Assert.Single(host.Simulation.Broken);
        Assert.Empty(host.Simulation.Alerts);
    }

    [Theory]
    [InlineData("""{"kind":"xid79","gpu":3}""", "node")]
    [InlineData("""{"node":"ghost","kind":"driverHung"}""", "node")]
    [InlineData("""{"node":"gpu-0001"}""", "kind")]
    [InlineData("""{"node":"gpu-0001","kind":"flood"}""", "kind")]
    [InlineData("""{"node":"gpu-0001","kind":"xid79"}""", "gpu")]
    [InlineData("""{"node":"gpu-0001","kind":"xid79","gpu":32}""", "gpu")]
    [InlineData("""{"node":"gpu-0001","kind":"xid79","gpu":-1}""", "gpu")]
    [InlineData("""{"node":"gpu-0001","kind":"xid79","gpu":"3"}""", "gpu")]
    [InlineData("""{"node":"gpu-0001","kind":"xid79","gpu":3,"alert":"yes"}""", "alert")]
    public async Task A_bad_field_is_named_and_nothing_breaks(string json, string field)
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await host.PostAsync("/sim/faults", json);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith($$"""{"error":"{{field}}: """, body);
        Assert.Empty(host.Simulation.Broken);
        Assert.Empty(host.Simulation.Alerts);
    }

    [Fact]
    public async Task A_refused_alert_says_that_the_part_is_broken_all_the_same()
    {
        await using var host = await ApiHost.StartAsync();
        host.Simulation.IntakeFailure = new HotpathUnavailableException("The journal failed", TimeSpan.FromSeconds(1));
        var (status, body) = await host.PostAsync("/sim/faults", """{"node":"gpu-0001","kind":"driverHung"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("The part is broken", body);
    }

    [Fact]
    public async Task A_real_cluster_cannot_be_broken()
    {
        await using var host = await ApiHost.StartAsync(simulated: false);
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("/sim/kinds")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await host.PostAsync("/sim/faults", """{"node":"gpu-0001","kind":"driverHung"}""")).Status);
        Assert.Empty(host.Simulation.Broken);
    }
}
