using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>How a call ended, as the response says.</summary>
internal static class ResponseStatus
{
    private const string StatusName = "grpc-status";
    private const string MessageName = "grpc-message";

    /// <summary>Checks the header block. Null: messages follow, and the trailers will tell the status.</summary>
    public static GrpcCallException? OfHeaders(HttpResponseMessage response)
    {
        // Trailers-only: the status is part of the one header block, whatever the rest of it says.
        if (response.Headers.NonValidated.TryGetValues(StatusName, out var status))
            return Of(status.ToString(), response.Headers) ?? EmptyOk();
        var type = response.Content.Headers.NonValidated.TryGetValues("content-type", out var values) ? values.ToString() : "none";
        if (response.StatusCode != HttpStatusCode.OK)
            return new GrpcCallException(OfHttp(response.StatusCode), $"The server answered HTTP {(int)response.StatusCode} without a gRPC status.");
        return IsGrpc(type) ? null : new GrpcCallException(GrpcStatusCode.Unknown, $"The server answered with content type '{type}', not application/grpc.");

        // A call that is answered OK without a message; the reader of messages says what that means.
        static GrpcCallException EmptyOk() => new(GrpcStatusCode.Ok, "");
    }

    /// <summary>Null when the call ended well.</summary>
    public static GrpcCallException? OfTrailers(HttpResponseMessage response)
        => response.TrailingHeaders.NonValidated.TryGetValues(StatusName, out var status)
            ? Of(status.ToString(), response.TrailingHeaders)
            // statuscodes.md: the status of an HTTP 200 without one.
            : new GrpcCallException(GrpcStatusCode.Unknown, "The response ended without a status.");

    /// <summary>All of a header block that is the server's metadata.</summary>
    public static GrpcMetadata Metadata(HttpResponseHeaders headers)
    {
        var metadata = new GrpcMetadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
                metadata.AddReceived(name, value);
        }

        return metadata;
    }

    private static GrpcCallException? Of(string status, HttpResponseHeaders headers)
    {
        // A number that we do not know is UNKNOWN, as statuscodes.md wants.
        var code = int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Enum.IsDefined((GrpcStatusCode)number)
            ? (GrpcStatusCode)number
            : GrpcStatusCode.Unknown;
        if (code == GrpcStatusCode.Ok)
            return null;
        var message = headers.NonValidated.TryGetValues(MessageName, out var text) ? PercentText.Decode(text.ToString()) : "";
        return new GrpcCallException(code, message, Metadata(headers));
    }

    private static bool IsGrpc(string contentType)
    {
        const string Grpc = "application/grpc";
        return contentType.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase)
            && (contentType.Length == Grpc.Length || contentType[Grpc.Length] is '+' or ';' or ' ');
    }

    /// <summary>grpc/grpc doc/http-grpc-status-mapping.md; for clients only.</summary>
    private static GrpcStatusCode OfHttp(HttpStatusCode status) => (int)status switch
    {
        400 => GrpcStatusCode.Internal,
        401 => GrpcStatusCode.Unauthenticated,
        403 => GrpcStatusCode.PermissionDenied,
        404 => GrpcStatusCode.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Unknown,
    };
}
