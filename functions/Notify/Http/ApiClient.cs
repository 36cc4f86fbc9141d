using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Notify.Http;

/// <summary>Sends JSON and reads JSON, with a timeout on the injected clock. Never throws for what the other side does.</summary>
internal sealed class ApiClient(
    IHttpClientFactory clients, string name, Uri address, AuthenticationHeaderValue authorization, TimeSpan timeout, TimeProvider time)
{
    /// <summary>No answer of these services is near this size; a larger one is not theirs.</summary>
    public const int ResponseBytes = 1 << 20;

    /// <param name="path">Relative to the base address, without a leading slash.</param>
    public async Task<ApiReply> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation)
    {
        using var timed = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timed.Token, cancellation);
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        request.Headers.Authorization = authorization;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var client = clients.CreateClient(name);
            using var response = await client.SendAsync(request, either.Token);
            var content = await response.Content.ReadAsByteArrayAsync(either.Token);
            return new ApiReply(response.StatusCode, Parse(content), RetryAfter(response), Reason(response), "");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return NoAnswer("timeout");
        }
        catch (HttpRequestException failed)
        {
            return NoAnswer(failed.HttpRequestError.ToString());
        }
    }

    private static ApiReply NoAnswer(string problem) => new(null, default, null, "", problem);

    private static JsonElement Parse(byte[] content)
    {
        try
        {
            var reader = new Utf8JsonReader(content);
            return content.Length > 0 ? JsonElement.ParseValue(ref reader) : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    // RFC 9110, 10.2.3: seconds or a date.
    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } asked)
            return null;
        var wait = asked.Delta ?? (asked.Date - time.GetUtcNow());
        if (wait is null)
            return null;
        return TimeSpan.FromTicks(Math.Clamp(wait.Value.Ticks, TimeSpan.TicksPerSecond, NotifyLimits.PatienceMax.Ticks));
    }

    private static string Reason(HttpResponseMessage response) =>
        response.Headers.TryGetValues("RateLimit-Reason", out var reasons) ? string.Join(",", reasons) : "";
}
