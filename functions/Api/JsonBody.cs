using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;

namespace Pipeline.Functions.Api;

/// <summary>Small JSON request bodies.</summary>
internal static class JsonBody
{
    private const int MaxBytes = 16 * 1024;

    /// <exception cref="ApiException">415 when it is not JSON, which also keeps other sites' forms out; 413 over 16 KiB; 400 naming the field.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type) where T : class
    {
        if (!http.Request.HasJsonContentType())
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "Content-Type: must be application/json");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBytes;
        try
        {
            return await JsonSerializer.DeserializeAsync(http.Request.Body, type, http.RequestAborted)
                ?? throw ApiException.BadField("body", "must be a JSON object");
        }
        catch (JsonException e)
        {
            var field = e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "body";
            throw ApiException.BadField(field, field == "body" ? "must be a JSON object" : "has the wrong type");
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new ApiException(e.StatusCode, $"body: must not be over {MaxBytes} bytes");
        }
    }
}
