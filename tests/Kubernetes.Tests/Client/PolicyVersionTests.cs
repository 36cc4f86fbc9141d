using System.Text.Json.Nodes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;

namespace Pipeline.Kubernetes.Tests.Client;

/// <summary>Disruption budgets and evictions have versions of their own, which changed in different releases of the server.</summary>
public class PolicyVersionTests
{
    /// <param name="budgets">Served by <c>/apis/policy/v1</c>; null: the server has no such version.</param>
    /// <param name="eviction">What discovery says of <c>pods/eviction</c>.</param>
    [Theory]
    [InlineData("1.20", null, """{"name":"pods/eviction","group":"policy","version":"v1beta1"}""", "v1beta1", "policy/v1beta1")]
    [InlineData("1.21", """{"name":"poddisruptionbudgets"}""", """{"name":"pods/eviction","group":"policy","version":"v1beta1"}""", "v1", "policy/v1beta1")]
    [InlineData("1.22", """{"name":"poddisruptionbudgets"}""", """{"name":"pods/eviction","group":"policy","version":"v1"}""", "v1", "policy/v1")]
    public async Task Each_is_asked_for_in_the_version_that_the_server_has(string server, string? budgets, string eviction, string budgetVersion, string evictionVersion)
    {
        JsonNode? sent = null;
        await using var api = await ApiDouble.StartAsync(async (context, _) =>
        {
            switch ((context.Request.Method, context.Request.Path.Value))
            {
                case ("POST", _):
                    sent = await JsonNode.ParseAsync(context.Request.Body);
                    await context.JsonAsync("""{"kind":"Status","status":"Success"}""", 201);
                    break;
                case (_, "/api/v1"):
                    await context.JsonAsync($$"""{"resources":[{{eviction}}]}""");
                    break;
                case (_, "/apis/policy/v1") when budgets is null:
                    await context.StatusAsync(404, "NotFound");
                    break;
                case (_, "/apis/policy/v1"):
                    await context.JsonAsync($$"""{"resources":[{{budgets}}]}""");
                    break;
                default:
                    await context.JsonAsync("""{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"b","namespace":"n"},"status":{"disruptionsAllowed":1}}]}""");
                    break;
            }
        });
        using var client = api.Client();

        var kind = await client.PodDisruptionBudgetsAsync();
        var listed = await client.ListAsync(kind);
        await client.EvictAsync(new ObjectName("n", "p"));

        Assert.Equal((server, budgetVersion), (server, kind.Version));
        Assert.Equal("b", Assert.Single(listed.Items).Metadata.Name);
        Assert.Contains(api.Requests, request => request.StartsWith($"GET /apis/policy/{budgetVersion}/poddisruptionbudgets?", StringComparison.Ordinal));
        Assert.Contains(api.Requests, request => request.StartsWith("POST /api/v1/namespaces/n/pods/p/eviction", StringComparison.Ordinal));
        Assert.Equal((evictionVersion, "Eviction"), ((string?)sent!["apiVersion"], (string?)sent["kind"]));
    }
}
