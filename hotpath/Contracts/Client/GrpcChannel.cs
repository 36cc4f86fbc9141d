using System.Net;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Pipeline.Contracts.Client.Wire;
using Polly;

namespace Pipeline.Contracts.Client;

/// <summary>
/// Calls a gRPC server over HTTP/2. One channel serves any number of calls at a time and makes, shares and replaces its connections
/// itself; it may be made before the server runs.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly GrpcChannelOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly ResiliencePipeline _retries;

    /// <exception cref="ArgumentException">An option is out of range, or a certificate cannot be read; the message names the option.</exception>
    public GrpcChannel(GrpcChannelOptions options, TimeProvider time)
    {
        options.Validate();
        _options = options;
        _time = time;
        _http = Http2Handler.Create(options);
        _retries = Retries.Create(options.Retry, time);
    }

    public Uri Address => _options.Address!;

    /// <summary>One request, one reply. Tried again while the server is unavailable, if the method is safe to repeat.</summary>
    /// <exception cref="GrpcCallException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The caller ended it.</exception>
    public async Task<TReply> CallAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options = null, CancellationToken cancellation = default)
        where TRequest : IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using var deadline = new CallDeadline(options?.Deadline ?? _options.Deadline, _time, cancellation);
        if (!method.SafeToRepeat)
            return await TryAsync(method, request, options, deadline, cancellation).ConfigureAwait(false);
        try
        {
            return await _retries.ExecuteAsync(
                async _ => await TryAsync(method, request, options, deadline, cancellation).ConfigureAwait(false), deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (deadline.Explain(exception) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>One request, any number of replies. Never tried again: only the caller knows from where to go on.</summary>
    /// <exception cref="GrpcCallException">The stream ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The caller ended it.</exception>
    public async IAsyncEnumerable<TReply> StreamAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options = null, [EnumeratorCancellation] CancellationToken cancellation = default)
        where TRequest : IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using var call = await StartAsync(method, request, options, cancellation).ConfigureAwait(false);
        while (await call.ReadAsync().ConfigureAwait(false) is { } reply)
            yield return reply;
    }

    /// <summary>The same, with the stream in hand: returns when the server's headers are there, which is when it serves the call.</summary>
    /// <exception cref="GrpcCallException">The server refused the call, or it cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The caller ended it.</exception>
    public Task<GrpcCall<TReply>> StartAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options = null, CancellationToken cancellation = default)
        where TRequest : IMessage<TRequest>
        where TReply : class, IMessage<TReply>
        => SendAsync(method, new RequestContent(request), options, new CallDeadline(options?.Deadline ?? Timeout.InfiniteTimeSpan, _time, cancellation));

    public void Dispose() => _http.Dispose();

    private async Task<TReply> TryAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, GrpcCallOptions? options, CallDeadline whole, CancellationToken cancellation)
        where TRequest : IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        var rest = new CallDeadline(whole.Remaining ?? Timeout.InfiniteTimeSpan, _time, cancellation);
        using var call = await SendAsync(method, new RequestContent(request), options, rest).ConfigureAwait(false);
        // statuscodes.md: another number of messages than the method says is UNIMPLEMENTED.
        var reply = await call.ReadAsync().ConfigureAwait(false)
            ?? throw new GrpcCallException(GrpcStatusCode.Unimplemented, "The server answered OK without a message.");
        return await call.ReadAsync().ConfigureAwait(false) is null
            ? reply
            : throw new GrpcCallException(GrpcStatusCode.Unimplemented, "The server answered a unary call with several messages.");
    }

    /// <summary>Sends a request and takes over its deadline.</summary>
    private async Task<GrpcCall<TReply>> SendAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, HttpContent content, GrpcCallOptions? options, CallDeadline deadline)
        where TRequest : IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        HttpResponseMessage? response = null;
        try
        {
            using var request = Request(method.Path, content, options?.Metadata, deadline.Remaining);
            response = await _http.SendAsync(request, deadline.Token).ConfigureAwait(false);
            var ended = ResponseStatus.OfHeaders(response);
            if (ended is not null && ended.Status != GrpcStatusCode.Ok)
                throw ended;
            var body = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            return new GrpcCall<TReply>(response, body, method.Parser, _options.MaxReceiveSize, deadline, endedInHeaders: ended is not null);
        }
        catch (Exception exception)
        {
            response?.Dispose();
            using (deadline)
            {
                if (deadline.Explain(exception) is { } explained)
                    throw explained;
            }

            throw;
        }
    }

    private HttpRequestMessage Request(string path, HttpContent content, GrpcMetadata? metadata, TimeSpan? timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path))
        {
            // Exact: with http this is HTTP/2 by prior knowledge, and with https an older server is refused instead of spoken to wrongly.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("grpc-accept-encoding", "identity,gzip");
        if (timeout is { } rest)
            request.Headers.TryAddWithoutValidation("grpc-timeout", TimeoutText.Of(rest));
        foreach (var (name, value) in metadata ?? [])
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }
}
