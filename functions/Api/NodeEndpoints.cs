using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary><c>GET /api/nodes</c> and <c>/api/nodes/{name}</c>.</summary>
internal static class NodeEndpoints
{
    // Bounds the look through the history for one node; a node without a run among these has been well for long. Those that go on count not:
    // in a storm every node of a large cluster has one.
    private const int MostEnded = 1_000;

    public static async Task<IResult> ListAsync(HttpRequest request, IClusterApi cluster, CancellationToken cancellation)
    {
        var reply = await Page.Of(request).ReadAsync(page => cluster.ListNodesAsync(
            new ListNodesRequest { Limit = page.Limit, Continue = page.Continue }, cancellation));
        return Results.Json(
            new NodeListJson([.. reply.Nodes.Select(NodeJson.Of)], Page.Next(reply.Continue), reply.Sequence), ApiJson.Default.NodeListJson);
    }

    public static async Task<IResult> GetAsync(string name, IClusterApi cluster, IRepairApi repair, CancellationToken cancellation)
    {
        var reply = await RequireAsync(name, cluster, cancellation);
        var current = await NewestRunAsync(repair, name, live: true, cancellation);
        var last = await NewestRunAsync(repair, name, live: false, cancellation);
        return Results.Json(
            NodeDetailJson.Of(NodeJson.Of(reply.Node), [.. reply.Workloads.Select(WorkloadJson.Of)], current, last),
            ApiJson.Default.NodeDetailJson);
    }

    /// <exception cref="ApiException">404: the cluster has no such node.</exception>
    public static async Task<GetNodeReply> RequireAsync(string name, IClusterApi cluster, CancellationToken cancellation)
    {
        var reply = await cluster.GetNodeAsync(new GetNodeRequest { Name = name }, cancellation);
        return reply.Node is null ? throw ApiException.NotFound($"name: no node '{name}'") : reply;
    }

    private static async Task<string?> NewestRunAsync(IRepairApi repair, string node, bool live, CancellationToken cancellation)
    {
        var request = new ListRunsRequest { Limit = Page.MaxLimit, LiveOnly = live };
        var ended = 0;
        do
        {
            var reply = await repair.ListRunsAsync(request, cancellation);
            if (reply.Runs.FirstOrDefault(run => run.Node == node && run.Ended != live) is { } found)
                return found.Id;
            ended += reply.Runs.Count(run => run.Ended);
            request.Continue = reply.Continue;
        }
        while (request.Continue.Length > 0 && ended < MostEnded);

        return null;
    }
}
