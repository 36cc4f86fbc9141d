using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Pipeline.Contracts;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>One served method: the frame around every call of it, whatever its shape.</summary>
internal abstract class CallHandler(string method, ServerParts server)
{
    /// <summary>Bytes that are handed to Kestrel without waiting until the client has read those before them.</summary>
    protected const int FlushBytes = 32 * 1024;

    // HTTP/2 error code CANCEL (RFC 9113, 7).
    private const int Cancel = 0x8;

    // A client that does not read must not keep a call alive that has been ended.
    private static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(1);

    private readonly CallCounts _counts = server.Metrics.Of(method);

    protected ServerParts Server => server;

    /// <summary>Whether calls may go on for ever; they are then ended when the server stops.</summary>
    protected abstract bool Streams { get; }

    /// <summary>Whether the handler asks for a <see cref="GrpcCall"/>.</summary>
    protected abstract bool WantsCall { get; }

    public async Task ServeAsync(HttpContext http)
    {
        // A stream may be idle for hours.
        if (Streams && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        http.Response.ContentType = ContentType.Grpc;
        http.Response.Headers.GrpcAcceptEncoding = MessageEncoding.Accepted;
        using var life = new CallLife(http, server.Time, Streams ? server.Stopping : CancellationToken.None);
        var call = WantsCall ? new GrpcCall(http, life, server.Options.CompressReplies) : null;
        _counts.Started();
        CallEnd end;
        try
        {
            await RunAsync(http, life, call).ConfigureAwait(false);
            end = CallEnd.Ok;
        }
        catch (Exception exception)
        {
            end = Failures.Known(exception, life.Interruption) ?? Unforeseen(exception, http);
        }

        end.WriteTo(http.Response, call?.Trailers);
        if (life.Interruption != Interruption.None)
            await ForceEndAsync(http, life).ConfigureAwait(false);
        _counts.Ended(end.Status);
    }

    /// <summary>Reads, handles and answers. An exception is the end of the call.</summary>
    protected abstract Task RunAsync(HttpContext http, CallLife life, GrpcCall? call);

    /// <summary>Sends the headers, with what the handler has put into them.</summary>
    protected static Task StartAsync(HttpResponse response, GrpcCall? call, bool compressed)
    {
        if (compressed)
            response.Headers.GrpcEncoding = Gzip.Name;
        call?.Headers.SendTo(response.Headers);
        return response.StartAsync();
    }

    /// <summary>Sends the one message of an answer. A long one belongs to the call until it is read, or a stop would cut it off.</summary>
    protected static async Task AnswerAsync(HttpResponse response, GrpcCall? call, IMessage reply, bool compressed, CallLife life)
    {
        await StartAsync(response, call, compressed).ConfigureAwait(false);
        if (MessageWriter.Write(response.BodyWriter, reply, compressed) >= FlushBytes)
            await FlushAsync(response.BodyWriter, life).ConfigureAwait(false);
    }

    // The token is for the wait alone: Kestrel would take a cancelled flush for a reason to abort the stream, and no status could follow.
    protected static ValueTask<FlushResult> FlushAsync(PipeWriter body, CallLife life)
    {
        var flush = body.FlushAsync(CancellationToken.None);
        if (flush.IsCompletedSuccessfully)
            return flush;
        var writing = flush.AsTask();
        life.Writing = writing;
        return new ValueTask<FlushResult>(writing.WaitAsync(life.Token));
    }

    // The caller has its answer at once, but the call's resources are those of the handler until it returns.
    private async Task ForceEndAsync(HttpContext http, CallLife life)
    {
        try
        {
            await http.Response.CompleteAsync().ConfigureAwait(false);
            await life.Writing.WaitAsync(EndGrace, server.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or OperationCanceledException)
        {
            http.Features.Get<IHttpResetFeature>()?.Reset(Cancel);
        }

        await life.Handler.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private CallEnd Unforeseen(Exception exception, HttpContext http)
    {
        GrpcLog.HandlerFailed(server.Logger, exception, http.Request.Path);
        return new CallEnd(GrpcStatusCode.Unknown, "The handler failed.");
    }
}
