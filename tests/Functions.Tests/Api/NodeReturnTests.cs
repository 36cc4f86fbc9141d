using System.Net;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Api;

public sealed class NodeReturnTests
{
    private const string Path = "/api/nodes/gpu-0001/return";

    [Fact]
    public async Task A_person_gives_a_node_back_under_their_name()
    {
        await using var host = await StartAsync();
        var (status, body) = await host.PostAsync(Path, """{"actor":" Kim "}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"returned":"gpu-0001","actor":"Kim"}""", body);
        Assert.Equal([new ReturnNodeRequest { Node = "gpu-0001", Actor = "Kim" }], host.Repair.Returned);
    }

    [Theory]
    [InlineData("{}", "actor")]
    [InlineData("""{"actor":"  "}""", "actor")]
    [InlineData("""{"actor":7}""", "actor")]
    [InlineData("""{"actor":"a\nb"}""", "actor")]
    [InlineData("null", "body")]
    [InlineData("not json", "body")]
    [InlineData("", "body")]
    public async Task A_bad_body_names_the_field_and_changes_nothing(string json, string field)
    {
        await using var host = await StartAsync();
        var (status, body) = await host.PostAsync(Path, json);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith($$"""{"error":"{{field}}: """, body);
        Assert.Empty(host.Repair.Returned);
    }

    [Fact]
    public async Task A_form_of_another_site_is_refused()
    {
        await using var host = await StartAsync();
        var (status, _) = await host.PostAsync(Path, """{"actor":"Kim"}""", "text/plain");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, status);
        Assert.Empty(host.Repair.Returned);
    }

    [Fact]
    public async Task A_huge_body_is_refused()
    {
        await using var host = await StartAsync();
        var (status, _) = await host.PostAsync(Path, $$"""{"actor":"{{new string('x', 20_000)}}"}""");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Empty(host.Repair.Returned);
    }

    [Fact]
    public async Task A_node_that_waits_for_nobody_is_a_conflict()
    {
        await using var host = await StartAsync();
        host.Repair.Returns = false;
        Assert.Equal(HttpStatusCode.Conflict, (await host.PostAsync(Path, """{"actor":"Kim"}""")).Status);
    }

    [Fact]
    public async Task An_unknown_node_is_404()
    {
        await using var host = await StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await host.PostAsync("/api/nodes/ghost/return", """{"actor":"Kim"}""")).Status);
        Assert.Empty(host.Repair.Returned);
    }

    private static async Task<ApiHost> StartAsync()
    {
        var host = await ApiHost.StartAsync();
        host.Cluster.Put(FakeCluster.Node("gpu-0001"));
        return host;
    }
}
