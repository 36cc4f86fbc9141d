using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pipeline.Hotpath.Http;

/// <summary><c>/livez</c>, <c>/healthz</c>: the process lives. <c>/readyz</c>: it can make a fault durable, or take over from one that can.</summary>
public static class HealthEndpoints
{
    /// <param name="notReadyReason">Null when ready, otherwise what is wrong.</param>
    /// <param name="readyAs">What is said when ready. Default <c>ready</c>.</param>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, Func<CancellationToken, ValueTask<string?>> notReadyReason, Func<string>? readyAs = null)
    {
        foreach (var path in new[] { "/livez", "/healthz" })
            endpoints.MapGet(path, () => Results.Text("ok\n"));
        endpoints.MapGet("/readyz", async (HttpContext http) => await notReadyReason(http.RequestAborted).ConfigureAwait(false) is { } reason
            ? Results.Text($"not ready: {reason}\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text($"{readyAs?.Invoke() ?? "ready"}\n"));
    }
}
