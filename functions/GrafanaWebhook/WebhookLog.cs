namespace Pipeline.Functions.GrafanaWebhook;

internal static partial class WebhookLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The webhook at {Path} admits {Who}")]
    public static partial void Admits(this ILogger log, string path, string who);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A notification of {Source} left out {Truncated} alerts: set its maximum of alerts to 0, or faults go unseen")]
    public static partial void Truncated(this ILogger log, string source, int truncated);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A notification was refused as {Outcome}: {Reason}")]
    public static partial void Refused(this ILogger log, WebhookOutcome outcome, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A notification of {Source} has {Malformed} malformed alerts, which were left out; the first: {Problem}")]
    public static partial void Malformed(this ILogger log, string source, int malformed, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A notification of {Source} has {Shortened} alerts with more text than is kept; it was cut")]
    public static partial void Shortened(this ILogger log, string source, int shortened);

    [LoggerMessage(Level = LogLevel.Error, Message = "A notification with {Alerts} alerts could not be made durable")]
    public static partial void Unavailable(this ILogger log, Exception error, int alerts);
}
