using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Grpc;

internal static partial class GrpcLog
{
    [LoggerMessage(30, LogLevel.Error, "The gRPC call {Method} failed.")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method);
}
