using System.Net;
using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Hosting;

internal static partial class StartLog
{
    [LoggerMessage(1, LogLevel.Information, "The hotpath listens: gRPC on {Grpc}, health and metrics on {Http}.")]
    public static partial void Listening(ILogger logger, Uri grpc, string http);

    [LoggerMessage(2, LogLevel.Warning, "The gRPC port is open beyond this machine ({Bind}) and takes commands from anybody: set Grpc:Tls with a client CA, and require client certificates.")]
    public static partial void Open(ILogger logger, IPAddress bind);

    [LoggerMessage(3, LogLevel.Warning, "The extender is open beyond this machine ({Bind}) and gives places to pods for anybody: set Extender:Tls with a client CA, and require client certificates.")]
    public static partial void ExtenderOpen(ILogger logger, IPAddress bind);
}
