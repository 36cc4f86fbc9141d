using Microsoft.Net.Http.Headers;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>What a request must be before its body is read.</summary>
internal static class ContentRules
{
    private const string Plain = "application/json";

    /// <returns>The refusal, or null.</returns>
    public static WebhookResponse? Check(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method) && !HttpMethods.IsPut(request.Method))
            return WebhookResponse.MethodNotAllowed();
        if (request.Headers.ContentEncoding is { Count: > 0 } encoding && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
            return WebhookResponse.UnsupportedMediaType("Content-Encoding: send the body as it is");
        var type = request.ContentType;
        if (string.Equals(type, Plain, StringComparison.OrdinalIgnoreCase))
            return null;
        if (!MediaTypeHeaderValue.TryParse(type, out var parsed) || !parsed.MediaType.Equals(Plain, StringComparison.OrdinalIgnoreCase))
            return WebhookResponse.UnsupportedMediaType("Content-Type: send application/json");
        return parsed.Charset.Length == 0 || parsed.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || parsed.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
            ? null
            : WebhookResponse.UnsupportedMediaType("Content-Type: the charset of JSON is utf-8");
    }
}
