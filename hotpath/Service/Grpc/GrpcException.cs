using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc;

/// <summary>
/// Ends a call with a status and a message that the caller sees. It is for code that knows it serves gRPC; others refuse with
/// <see cref="RequestRefusedException"/>.
/// </summary>
public sealed class GrpcException(GrpcStatusCode status, string message) : Exception(message)
{
    public GrpcStatusCode Status { get; } = status;
}
