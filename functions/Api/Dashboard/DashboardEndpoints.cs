namespace Pipeline.Functions.Api.Dashboard;

/// <summary><c>GET /</c> and <c>/assets/*</c>.</summary>
public static class DashboardEndpoints
{
    private const string PageName = "index.html";

    // The page loads nothing from elsewhere, and nobody may frame it: its buttons act.
    private const string Policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static IEndpointRouteBuilder MapDashboard(this IEndpointRouteBuilder routes)
    {
        var assets = Asset.Load();
        var page = assets[PageName];
        routes.MapGet("/", http => SendAsync(http, page));
        routes.MapGet("/assets/{name}", (HttpContext http, string name) =>
            assets.TryGetValue(name, out var asset) ? SendAsync(http, asset) : NotFound(http));
        return routes;
    }

    private static Task SendAsync(HttpContext http, Asset asset)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ETag = asset.ETag;
        // "no-cache" still caches, but asks first: a new version shows at once.
        headers.CacheControl = "no-cache";
        if (http.Request.Headers.IfNoneMatch.ToString().Contains(asset.ETag, StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        http.Response.ContentType = asset.ContentType;
        http.Response.ContentLength = asset.Bytes.Length;
        return http.Response.Body.WriteAsync(asset.Bytes, http.RequestAborted).AsTask();
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
