using Google.Protobuf;
using Pipeline.Contracts.Client;

namespace Pipeline.Contracts.Remote;

/// <summary>Calls with the exceptions that the contract's interfaces promise.</summary>
internal static class RemoteCall
{
    /// <exception cref="HotpathUnavailableException">The service could not be reached, was too busy or too slow; the outcome is unknown.</exception>
    /// <exception cref="InvalidRequestException">The service found the request invalid; nothing was done.</exception>
    /// <exception cref="RequestRefusedException">The service refused the request for another reason; nothing was done.</exception>
    /// <exception cref="GrpcCallException">The service is broken, or another one than expected.</exception>
    public static async Task<TReply> AskAsync<TRequest, TReply>(
        this GrpcChannel channel, GrpcMethod<TRequest, TReply> method, TRequest request, CancellationToken cancellation)
        where TRequest : IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        try
        {
            return await channel.CallAsync(method, request, options: null, cancellation).ConfigureAwait(false);
        }
        catch (GrpcCallException exception) when (Translate(exception, channel) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>Null: the contract has no word for it.</summary>
    public static Exception? Translate(GrpcCallException exception, GrpcChannel channel) => exception switch
    {
        { Status: GrpcStatusCode.InvalidArgument } => new InvalidRequestException(exception.Detail, exception),
        { IsBrokenOff: true } or { Status: GrpcStatusCode.Unavailable or GrpcStatusCode.ResourceExhausted or GrpcStatusCode.DeadlineExceeded or GrpcStatusCode.Cancelled }
            => new HotpathUnavailableException($"The hotpath at {channel.Address} is unavailable: {exception.Detail}", exception.RetryAfter ?? TimeSpan.Zero, exception),
        { Status: GrpcStatusCode.NotFound } => Refused(RefusalReason.NotFound, exception.Detail),
        { Status: GrpcStatusCode.AlreadyExists } => Refused(RefusalReason.AlreadyExists, exception.Detail),
        { Status: GrpcStatusCode.PermissionDenied } => Refused(RefusalReason.PermissionDenied, exception.Detail),
        { Status: GrpcStatusCode.FailedPrecondition } => Refused(RefusalReason.FailedPrecondition, exception.Detail),
        _ => null,
    };

    // The service writes the field, a colon and the problem.
    private static RequestRefusedException Refused(RefusalReason reason, string detail)
    {
        var parts = detail.Split(": ", 2);
        return parts.Length == 2 ? new RequestRefusedException(reason, parts[0], parts[1]) : new RequestRefusedException(reason, "request", detail);
    }
}
