namespace Pipeline.Contracts;

/// <summary>Why a request was refused. The names and their meaning are those of the gRPC status codes (grpc/grpc doc/statuscodes.md).</summary>
public enum RefusalReason
{
    /// <summary>Wrong whatever the state of the system.</summary>
    InvalidArgument,
    NotFound,
    AlreadyExists,
    PermissionDenied,

    /// <summary>Wrong in the present state; repeating it without a change is of no use.</summary>
    FailedPrecondition,

    /// <summary>Another change came between; the whole sequence may be tried again.</summary>
    Aborted,
    OutOfRange,
    Unauthenticated,
}

/// <summary>A request that its handler refuses. Nothing was done. Callers behind gRPC see the reason as a status and the message as it is.</summary>
public sealed class RequestRefusedException(RefusalReason reason, string field, string problem) : Exception($"{field}: {problem}")
{
    public RefusalReason Reason { get; } = reason;

    /// <summary>The field of the request, as it is written in the <c>.proto</c> file.</summary>
    public string Field { get; } = field;

    public static RequestRefusedException InvalidArgument(string field, string problem) => new(RefusalReason.InvalidArgument, field, problem);

    public static RequestRefusedException NotFound(string field, string problem) => new(RefusalReason.NotFound, field, problem);

    public static RequestRefusedException AlreadyExists(string field, string problem) => new(RefusalReason.AlreadyExists, field, problem);

    public static RequestRefusedException FailedPrecondition(string field, string problem) => new(RefusalReason.FailedPrecondition, field, problem);
}
