using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>Which compression the two sides may use (grpc/grpc doc/compression.md).</summary>
internal static class MessageEncoding
{
    /// <summary>Answered to everybody in <c>grpc-accept-encoding</c>.</summary>
    public static readonly StringValues Accepted = "identity,gzip";

    /// <exception cref="GrpcException">A message is flagged as compressed, and <c>grpc-encoding</c> names nothing, or nothing that is known here.</exception>
    public static void RequireGzip(IHeaderDictionary request)
    {
        var encoding = request.GrpcEncoding.ToString();
        if (encoding is "" or "identity")
            throw new GrpcException(GrpcStatusCode.Internal, "The message is flagged as compressed, but grpc-encoding names no compression.");
        if (encoding != Gzip.Name)
            throw new GrpcException(GrpcStatusCode.Unimplemented, $"The compression {encoding} is not supported; grpc-accept-encoding lists those that are.");
    }

    public static bool IsGzipAccepted(IHeaderDictionary request)
    {
        foreach (var value in request.GrpcAcceptEncoding)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[range].Trim().SequenceEqual(Gzip.Name))
                    return true;
            }
        }

        return false;
    }
}
