using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>The API in plain HTTP and JSON, so that what a test arranges and looks at does not go through the client that it tests.</summary>
public sealed class ApiAccess : IDisposable
{
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    // A connection to a server that was stopped (SIGSTOP) or killed would otherwise carry a silent watch for ever.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    public ApiAccess(Uri address, string token, X509Certificate2 authority)
    {
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.Add(authority);
        _http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = chain },
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingDelay,
            UseProxy = false,
        })
        {
            BaseAddress = address,
            Timeout = Timeout,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
    }

    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation = default) => SendAsync(HttpMethod.Get, path, null, "", cancellation);

    public Task<JsonNode> PostAsync(string path, JsonNode body, CancellationToken cancellation = default)
        => SendAsync(HttpMethod.Post, path, body, "application/json", cancellation);

    /// <param name="path">Of the object, or of its subresource.</param>
    /// <param name="body">The patch.</param>
    /// <param name="type"><see cref="MergePatch"/> or <see cref="StrategicMergePatch"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<JsonNode> PatchAsync(string path, JsonNode body, string type = MergePatch, CancellationToken cancellation = default)
        => SendAsync(HttpMethod.Patch, path, body, type, cancellation);

    /// <param name="path">Of the object.</param>
    /// <param name="options">DeleteOptions; null for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<JsonNode> DeleteAsync(string path, JsonNode? options = null, CancellationToken cancellation = default)
        => SendAsync(HttpMethod.Delete, path, options, "application/json", cancellation);

    /// <summary>Null when there is no such object.</summary>
    public async Task<JsonNode?> FindAsync(string path, CancellationToken cancellation = default)
    {
        try
        {
            return await GetAsync(path, cancellation);
        }
        catch (ApiException refused) when (refused.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>The whole answer of a probe such as /readyz is its status.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri("/readyz", UriKind.Relative), cancellation);
            return response.IsSuccessStatusCode;
        }
        // A server that starts on a loaded machine may take a connection long before it answers.
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Has the server collect its garbage, as a profile of the heap can ask for (net/http/pprof, <c>gc=1</c>).</summary>
    public async Task CollectGarbageAsync(CancellationToken cancellation = default)
    {
        using var response = await _http.GetAsync(new Uri("/debug/pprof/heap?gc=1", UriKind.Relative), cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
    }

    /// <summary>The lines of a watch as they come, until the server ends it.</summary>
    internal async IAsyncEnumerable<JsonNode> WatchAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellation) is { } line)
            yield return Parse(line);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonNode? body, string type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Version = HttpVersion.Version20 };
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, type);
        using var response = await _http.SendAsync(request, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        return Parse(await response.Content.ReadAsStringAsync(cancellation));
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
            return;
        var text = await response.Content.ReadAsStringAsync(cancellation);
        var request = response.RequestMessage;
        throw new ApiException(response.StatusCode, $"{(int)response.StatusCode} to {request?.Method} {request?.RequestUri}: {text}");
    }

    private static JsonNode Parse(string text) => JsonNode.Parse(text) ?? throw new InvalidDataException("The API server answered null.");
}
