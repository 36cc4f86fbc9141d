using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary><c>POST /api/nodes/{name}/return</c>: a person gives a node back after an escalation.</summary>
internal static class NodeReturn
{
    private const int MaxActorLength = 100;

    public static async Task<IResult> HandleAsync(
        string name, HttpContext http, IClusterApi cluster, IRepairApi repair, CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync(http, ApiJson.Default.ReturnBody);
        var actor = Actor(body.Actor);
        await NodeEndpoints.RequireAsync(name, cluster, cancellation);
        var reply = await repair.ReturnNodeAsync(new ReturnNodeRequest { Node = name, Actor = actor }, cancellation);
        return reply.Returned
            ? Results.Json(new ReturnedJson(name, actor), ApiJson.Default.ReturnedJson)
            : throw new ApiException(StatusCodes.Status409Conflict, $"name: node '{name}' does not wait for a person");
    }

    private static string Actor(string? actor)
    {
        var name = actor?.Trim() ?? "";
        return name.Length is >= 1 and <= MaxActorLength && !name.Any(char.IsControl)
            ? name
            : throw ApiException.BadField("actor", $"must be 1 to {MaxActorLength} printable characters");
    }
}

/// <param name="Actor">Who gives the node back; 1 to 100 characters.</param>
public sealed record ReturnBody(string? Actor);

public sealed record ReturnedJson(string Returned, string Actor);
