using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary><c>GET /api/runs</c> and <c>/api/runs/{id}</c>.</summary>
internal static class RunEndpoints
{
    public static async Task<IResult> ListAsync(HttpRequest request, IRepairApi repair, CancellationToken cancellation)
    {
        var live = Live(request);
        var reply = await Page.Of(request).ReadAsync(page => repair.ListRunsAsync(
            new ListRunsRequest { Limit = page.Limit, Continue = page.Continue, LiveOnly = live }, cancellation));
        return Results.Json(new RunListJson([.. reply.Runs.Select(RunJson.Of)], Page.Next(reply.Continue)), ApiJson.Default.RunListJson);
    }

    public static async Task<IResult> GetAsync(string id, IRepairApi repair, CancellationToken cancellation)
    {
        var reply = await repair.GetRunAsync(new GetRunRequest { Id = id }, cancellation);
        return reply.Run is { } run
            ? Results.Json(RunJson.Of(run), ApiJson.Default.RunJson)
            : throw ApiException.NotFound($"id: no run '{id}'");
    }

    private static bool Live(HttpRequest request) => request.Query["live"].ToString() switch
    {
        "" or "false" => false,
        "true" => true,
        _ => throw ApiException.BadField("live", "must be true or false"),
    };
}
