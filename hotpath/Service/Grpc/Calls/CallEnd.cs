using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.Contracts;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>How a call ends.</summary>
/// <param name="RetryAfter">What the caller should wait before it tries again; null: the server does not say.</param>
internal readonly record struct CallEnd(GrpcStatusCode Status, string Message = "", TimeSpan? RetryAfter = null)
{
    public static readonly CallEnd Ok = new(GrpcStatusCode.Ok);

    private static readonly string[] Digits = [.. Enumerable.Range(0, (int)GrpcStatusCode.Unauthenticated + 1).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Status and trailers; trailers-only when nothing was sent yet: they are then part of the one header block.</summary>
    public void WriteTo(HttpResponse response, ReplyMetadata? trailers)
    {
        var target = response.HasStarted ? response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()!.Trailers : response.Headers;
        target.GrpcStatus = Digits[(int)Status];
        if (Message.Length > 0)
            target.GrpcMessage = PercentEncoding.Encode(Message);
        // grpc/proposal A6, "Pushback".
        if (RetryAfter is { } wait)
            target["grpc-retry-pushback-ms"] = ((long)wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        trailers?.SendTo(target);
    }
}
