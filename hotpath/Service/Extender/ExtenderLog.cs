using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Extender;

/// <summary>Pods by their names only: their specs hold secrets.</summary>
internal static partial class ExtenderLog
{
    [LoggerMessage(1, LogLevel.Debug, "Extender {Verb} of {Namespace}/{Pod}: {Answer}.")]
    public static partial void Answered(ILogger logger, string verb, string? @namespace, string pod, string answer);

    [LoggerMessage(2, LogLevel.Warning, "Extender {Verb} failed: {Problem}")]
    public static partial void Failed(ILogger logger, string verb, string problem);

    [LoggerMessage(3, LogLevel.Information, "The extender listens on {Url} and asks {Hotpath}.")]
    public static partial void Listening(ILogger logger, string url, Uri hotpath);
}
