using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Tls;

internal static partial class TlsLog
{
    [LoggerMessage(1, LogLevel.Warning, "The certificates read before stay in use: {Problem}")]
    public static partial void Kept(ILogger logger, string problem);
}
