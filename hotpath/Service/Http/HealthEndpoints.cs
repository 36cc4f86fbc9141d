using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pipeline.Hotpath.Http;

/// <summary><c>/healthz</c>: the process lives. <c>/readyz</c>: it can make a fault durable.</summary>
public static class HealthEndpoints
{
    /// <param name="notReadyReason">Null when ready, otherwise what is wrong.</param>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, Func<CancellationToken, ValueTask<string?>> notReadyReason)
    {
        endpoints.MapGet("/healthz", () => Results.Text("ok\n"));
        endpoints.MapGet("/readyz", async (HttpContext http) => await notReadyReason(http.RequestAborted).ConfigureAwait(false) is { } reason
            ? Results.Text($"not ready: {reason}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ready\n"));
    }
}
