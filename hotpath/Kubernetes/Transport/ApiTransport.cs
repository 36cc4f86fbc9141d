using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;
using Pipeline.Kubernetes.Limiting;

namespace Pipeline.Kubernetes.Transport;

/// <summary>Sends requests in their turn, and again where that does no harm.</summary>
internal sealed class ApiTransport(ClusterAccess access, KubernetesClientOptions options, LeaderGate? gate, TimeProvider time, Random random) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new ApiHandler(access, options, gate));
    private readonly string _root = access.Server.AbsoluteUri.TrimEnd('/');
    private readonly RetryRule _retries = new(options, random);

    public ClientLimiter Limiter { get; } = new(options.Limiter, time);

    public event Action<KubernetesException>? Denied;

    /// <summary>One request, one answer.</summary>
    /// <exception cref="KubernetesException">The server refused, or there is no answer.</exception>
    /// <exception cref="OperationCanceledException">The caller ended it.</exception>
    public Task<T> CallAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
        => CallAsync(request, (body, token) => JsonSerializer.DeserializeAsync(body, type, token), cancellation);

    /// <summary>The same, with the answer as it is.</summary>
    public Task<byte[]> ReadAsync(ApiRequest request, CancellationToken cancellation) => CallAsync(request, BytesAsync, cancellation);

    private async Task<T> CallAsync<T>(ApiRequest request, Func<Stream, CancellationToken, ValueTask<T?>> read, CancellationToken cancellation)
        where T : class
    {
        using var deadline = new Deadline(request.Timeout ?? options.Timeout, time, cancellation);
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var (answer, failure) = await TryAsync(request, read, deadline.Token).ConfigureAwait(false);
                if (failure is null)
                    return answer!;
                // An answer now says more than a timeout later.
                if (_retries.Wait(request, failure, attempt) is not { } wait || wait >= deadline.Remaining)
                    throw failure;
                await Task.Delay(wait, time, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException exception) when (deadline.IsOver)
        {
            throw deadline.Exception(request, exception);
        }
    }

    /// <summary>An answer without an end. Tried once: only the caller knows from where to go on.</summary>
    /// <returns>When the server's headers are there.</returns>
    /// <exception cref="KubernetesException">The server refused, or there is no answer.</exception>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var deadline = new Deadline(request.Timeout ?? options.Timeout, time, cancellation);
        try
        {
            // It occupies nothing once it runs, so the slot is only for its start.
            using var slot = await Limiter.EnterAsync(request.Priority, deadline.Token).ConfigureAwait(false);
            return await SendAsync(request, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (deadline.IsOver)
        {
            throw deadline.Exception(request, exception);
        }
        catch (Exception exception) when (exception is not KubernetesException && ApiErrors.Of(request, exception) is { } failure)
        {
            throw failure;
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        Limiter.Dispose();
    }

    private async Task<(T? Answer, KubernetesException? Failure)> TryAsync<T>(
        ApiRequest request, Func<Stream, CancellationToken, ValueTask<T?>> read, CancellationToken cancellation)
        where T : class
    {
        using var slot = await Limiter.EnterAsync(request.Priority, cancellation).ConfigureAwait(false);
        try
        {
            using var response = await SendAsync(request, cancellation).ConfigureAwait(false);
            await using var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            var answer = await read(body, cancellation).ConfigureAwait(false);
            return answer is null ? (null, ApiErrors.Invalid(request, "it is null")) : (answer, null);
        }
        catch (Exception exception) when (ApiErrors.Of(request, exception) is { } failure)
        {
            return (null, failure);
        }
    }

    private static async ValueTask<byte[]?> BytesAsync(Stream body, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        await body.CopyToAsync(bytes, cancellation).ConfigureAwait(false);
        return bytes.ToArray();
    }

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        for (var refused = false; ; refused = true)
        {
            var token = await access.Credentials.TokenAsync(cancellation).ConfigureAwait(false);
            using var message = Message(request, token);
            var response = await PassAsync(request, message, cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
            {
                // A request without valid credentials was not carried out, so any may be sent again.
                if (response.StatusCode == HttpStatusCode.Unauthorized && !refused && access.Credentials.Refused(token))
                    continue;
                var failure = await ApiErrors.OfAsync(request, response, time, cancellation).ConfigureAwait(false);
                if (failure.Denied is not null)
                    Denied?.Invoke(failure);
                throw failure;
            }
        }
    }

    private async Task<HttpResponseMessage> PassAsync(ApiRequest request, HttpRequestMessage message, CancellationToken cancellation)
    {
        if (gate is null || request.Method == HttpMethod.Get)
            return await _http.SendAsync(message, cancellation).ConfigureAwait(false);
        var leading = gate.Pass(request);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(leading, cancellation);
        try
        {
            return await _http.SendAsync(message, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (leading.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw LeaderGate.Refusal(request, notSent: false);
        }
    }

    private HttpRequestMessage Message(ApiRequest request, string? token)
    {
        var message = new HttpRequestMessage(request.Method, _root + request.Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        // The handler takes the name that TLS asks for and checks from here.
        message.Headers.Host = access.TlsServerName;
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("pipeline", null));
        if (token is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (request.Body is { } body)
            message.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(request.ContentType) } };
        return message;
    }
}
