namespace Pipeline.Contracts.Client;

/// <summary>A call ended with a status other than OK: the server's, or one that the client gives to what happened on the way.</summary>
public sealed class GrpcCallException(GrpcStatusCode status, string detail, GrpcMetadata? trailers = null, Exception? inner = null)
    : Exception($"{status}: {detail}", inner)
{
    private const string Pushback = "grpc-retry-pushback-ms";

    public GrpcStatusCode Status { get; } = status;

    /// <summary>The server's message, decoded; what the client found when the server sent none.</summary>
    public string Detail { get; } = detail;

    /// <summary>What the server sent with the status; empty when the status is the client's own.</summary>
    public GrpcMetadata Trailers { get; } = trailers ?? new GrpcMetadata();

    /// <summary>The transport broke the call off, and the server did not get to say anything: it may have done all, some or nothing of it.</summary>
    public bool IsBrokenOff { get; internal init; }

    /// <summary>
    /// When the server wants to be asked again; null when it does not say (gRFC A6, <c>grpc-retry-pushback-ms</c>). Negative: not again.
    /// </summary>
    public TimeSpan? RetryAfter => Trailers.Find(Pushback) is not { } text ? null
        : int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var milliseconds) ? TimeSpan.FromMilliseconds(milliseconds)
        // A value that cannot be read means the same as a negative one.
        : TimeSpan.FromMilliseconds(-1);
}
