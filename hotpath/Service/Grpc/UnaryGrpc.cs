using System.Globalization;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc;

/// <summary>Serves unary gRPC methods on Kestrel's HTTP/2.</summary>
public sealed class UnaryGrpc(IEndpointRouteBuilder endpoints, TimeProvider time, ILogger logger)
{
    private const string ContentType = "application/grpc";

    /// <summary>Maps <c>/service/method</c>.</summary>
    public void Map<TRequest, TReply>(string service, string method, MessageParser<TRequest> parser, Func<TRequest, CancellationToken, Task<TReply>> handler)
        where TRequest : IMessage<TRequest>
        where TReply : IMessage<TReply>
        => endpoints.MapPost($"/{service}/{method}", context => ServeAsync(context, async cancellation =>
        {
            var request = await GrpcFraming.ReadUnaryAsync(context.Request.BodyReader, parser, cancellation).ConfigureAwait(false);
            // Not waited for beyond the deadline, and it must not touch the response then: that is another call's by that time.
            return await handler(request, cancellation).WaitAsync(cancellation).ConfigureAwait(false);
        }));

    /// <summary>Answers every other gRPC call: unknown service or method.</summary>
    public void MapUnimplemented()
        => endpoints.MapFallback("{*path}", context => ServeAsync(context, _ =>
            throw new GrpcException(GrpcStatus.Unimplemented, $"There is no method {context.Request.Path}.")));

    private async Task ServeAsync(HttpContext context, Func<CancellationToken, Task<IMessage>> call)
    {
        if (!IsGrpc(context.Request.ContentType))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        context.Response.ContentType = ContentType;
        context.Response.Headers["grpc-accept-encoding"] = "identity";
        using var deadline = DeadlineOf(context.Request);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        var (status, message) = await RunAsync(context, call, deadline, either.Token).ConfigureAwait(false);
        // Trailers-only when nothing was written yet: the status is then part of the one header block.
        if (context.Response.HasStarted || status == GrpcStatus.Ok)
            End(context.Response.AppendTrailer, status, message);
        else
            End((name, value) => context.Response.Headers[name] = value.ToString(), status, message);
    }

    private async Task<(GrpcStatus Status, string Message)> RunAsync(
        HttpContext context, Func<CancellationToken, Task<IMessage>> call, CancellationTokenSource deadline, CancellationToken cancellation)
    {
        try
        {
            var reply = await call(cancellation).ConfigureAwait(false);
            GrpcFraming.Write(context.Response.BodyWriter, reply);
            return (GrpcStatus.Ok, "");
        }
        catch (GrpcException exception)
        {
            return (exception.Status, exception.Message);
        }
        catch (HotpathUnavailableException exception)
        {
            return (GrpcStatus.Unavailable, exception.Message);
        }
        catch (ArgumentException exception)
        {
            return (GrpcStatus.InvalidArgument, exception.Message);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return (GrpcStatus.DeadlineExceeded, "The deadline has passed.");
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            // Details of a broken handler are for the log, not for the caller.
            GrpcLog.HandlerFailed(logger, exception, context.Request.Path);
            return (GrpcStatus.Unknown, "The handler failed.");
        }
    }

    // Of the message formats (application/grpc+json and others) only protobuf, which is also what no suffix means.
    private static bool IsGrpc(string? contentType)
    {
        if (contentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) != true)
            return false;
        var rest = contentType.AsSpan(ContentType.Length);
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase))
            rest = rest["+proto".Length..];
        return rest.IsEmpty || rest[0] is ';' or ' ';
    }

    private static void End(Action<string, Microsoft.Extensions.Primitives.StringValues> set, GrpcStatus status, string message)
    {
        set("grpc-status", ((int)status).ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0)
            set("grpc-message", PercentEncode(message));
    }

    // grpc-timeout: at most 8 digits and one of H M S m u n; anything else means no deadline.
    private CancellationTokenSource DeadlineOf(HttpRequest request)
    {
        var text = request.Headers["grpc-timeout"].ToString();
        if (text.Length is < 2 or > 9 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return new CancellationTokenSource();
        var timeout = text[^1] switch
        {
            'H' => TimeSpan.FromHours(value),
            'M' => TimeSpan.FromMinutes(value),
            'S' => TimeSpan.FromSeconds(value),
            'm' => TimeSpan.FromMilliseconds(value),
            'u' => TimeSpan.FromMicroseconds(value),
            'n' => TimeSpan.FromMicroseconds(value / 1000.0),
            _ => Timeout.InfiniteTimeSpan,
        };
        return timeout > MaxTimeout || timeout == Timeout.InfiniteTimeSpan ? new CancellationTokenSource() : new CancellationTokenSource(timeout, time);
    }

    // A timer cannot wait longer, and no caller does.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromDays(24);

    private static string PercentEncode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var value in Encoding.UTF8.GetBytes(message))
        {
            if (value is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)value);
            else
                encoded.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }
}

internal static partial class GrpcLog
{
    [LoggerMessage(30, LogLevel.Error, "The gRPC call {Method} failed.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method);
}
