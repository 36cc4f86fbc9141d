using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>Which status a failure is (grpc/grpc doc/statuscodes.md).</summary>
internal static class Failures
{
    /// <returns>Null: nobody foresaw it. Its details are for the log, not for the caller.</returns>
    public static CallEnd? Known(Exception exception, Interruption interruption) => exception switch
    {
        GrpcException { Status: > GrpcStatus.Ok and <= GrpcStatus.Unauthenticated } grpc => new CallEnd(grpc.Status, grpc.Message),
        GrpcException grpc => new CallEnd(GrpcStatus.Unknown, grpc.Message),
        OperationCanceledException when interruption != Interruption.None => Of(interruption),
        RequestRefusedException refused => new CallEnd(Of(refused.Reason), refused.Message),
        HotpathUnavailableException { QueueFull: true } full => new CallEnd(GrpcStatus.ResourceExhausted, full.Message, full.RetryAfter),
        HotpathUnavailableException away => new CallEnd(GrpcStatus.Unavailable, away.Message, away.RetryAfter),
        ArgumentException argument => new CallEnd(GrpcStatus.InvalidArgument, argument.Message),
        // Whatever else a handler does when its caller is gone, nobody hears it.
        IOException when interruption == Interruption.ClientGone => Of(interruption),
        _ => null,
    };

    private static CallEnd Of(Interruption interruption) => interruption switch
    {
        Interruption.DeadlinePassed => new CallEnd(GrpcStatus.DeadlineExceeded, "The deadline has passed."),
        Interruption.Stopping => new CallEnd(GrpcStatus.Unavailable, "The server is stopping."),
        _ => new CallEnd(GrpcStatus.Cancelled, "The caller is gone."),
    };

    private static GrpcStatus Of(RefusalReason reason) => reason switch
    {
        RefusalReason.InvalidArgument => GrpcStatus.InvalidArgument,
        RefusalReason.NotFound => GrpcStatus.NotFound,
        RefusalReason.AlreadyExists => GrpcStatus.AlreadyExists,
        RefusalReason.PermissionDenied => GrpcStatus.PermissionDenied,
        RefusalReason.FailedPrecondition => GrpcStatus.FailedPrecondition,
        RefusalReason.Aborted => GrpcStatus.Aborted,
        RefusalReason.OutOfRange => GrpcStatus.OutOfRange,
        RefusalReason.Unauthenticated => GrpcStatus.Unauthenticated,
        _ => GrpcStatus.Unknown,
    };
}
