using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>Which status a failure is (grpc/grpc doc/statuscodes.md).</summary>
internal static class Failures
{
    /// <returns>Null: nobody foresaw it. Its details are for the log, not for the caller.</returns>
    public static CallEnd? Known(Exception exception, Interruption interruption) => exception switch
    {
        GrpcException { Status: > GrpcStatusCode.Ok and <= GrpcStatusCode.Unauthenticated } grpc => new CallEnd(grpc.Status, grpc.Message),
        GrpcException grpc => new CallEnd(GrpcStatusCode.Unknown, grpc.Message),
        OperationCanceledException when interruption != Interruption.None => Of(interruption),
        RequestRefusedException refused => new CallEnd(Of(refused.Reason), refused.Message),
        HotpathUnavailableException { QueueFull: true } full => new CallEnd(GrpcStatusCode.ResourceExhausted, full.Message, full.RetryAfter),
        HotpathUnavailableException away => new CallEnd(GrpcStatusCode.Unavailable, away.Message, away.RetryAfter),
        InvalidRequestException invalid => new CallEnd(GrpcStatusCode.InvalidArgument, invalid.Message),
        // Whatever else a handler does when its caller is gone, nobody hears it.
        IOException when interruption == Interruption.ClientGone => Of(interruption),
        _ => null,
    };

    private static CallEnd Of(Interruption interruption) => interruption switch
    {
        Interruption.DeadlinePassed => new CallEnd(GrpcStatusCode.DeadlineExceeded, "The deadline has passed."),
        Interruption.Stopping => new CallEnd(GrpcStatusCode.Unavailable, "The server is stopping."),
        _ => new CallEnd(GrpcStatusCode.Cancelled, "The caller is gone."),
    };

    private static GrpcStatusCode Of(RefusalReason reason) => reason switch
    {
        RefusalReason.InvalidArgument => GrpcStatusCode.InvalidArgument,
        RefusalReason.NotFound => GrpcStatusCode.NotFound,
        RefusalReason.AlreadyExists => GrpcStatusCode.AlreadyExists,
        RefusalReason.PermissionDenied => GrpcStatusCode.PermissionDenied,
        RefusalReason.FailedPrecondition => GrpcStatusCode.FailedPrecondition,
        RefusalReason.Aborted => GrpcStatusCode.Aborted,
        RefusalReason.OutOfRange => GrpcStatusCode.OutOfRange,
        RefusalReason.Unauthenticated => GrpcStatusCode.Unauthenticated,
        _ => GrpcStatusCode.Unknown,
    };
}
