namespace Pipeline.Contracts.Client.Wire;

/// <summary>The status of a call that the transport broke off (doc/PROTOCOL-HTTP2.md, "Errors").</summary>
internal static class TransportFault
{
    public static bool Is(Exception exception) => exception is HttpRequestException or IOException;

    public static GrpcCallException Of(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException protocol)
                return new GrpcCallException(OfErrorCode(protocol.ErrorCode), $"The server broke the call off: {protocol.Message}", inner: exception) { IsBrokenOff = true };
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded })
                return new GrpcCallException(GrpcStatusCode.Internal, $"The response cannot be read: {cause.Message}", inner: exception);
        }

        return new GrpcCallException(GrpcStatusCode.Unavailable, exception.Message, inner: exception) { IsBrokenOff = true };
    }

    private static GrpcStatusCode OfErrorCode(long errorCode) => errorCode switch
    {
        // REFUSED_STREAM: the server has not looked at it.
        0x7 => GrpcStatusCode.Unavailable,
        // CANCEL
        0x8 => GrpcStatusCode.Cancelled,
        // ENHANCE_YOUR_CALM
        0xb => GrpcStatusCode.ResourceExhausted,
        // INADEQUATE_SECURITY
        0xc => GrpcStatusCode.PermissionDenied,
        _ => GrpcStatusCode.Internal,
    };
}
