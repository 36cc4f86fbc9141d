using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

internal static partial class ObjectsLog
{
    [LoggerMessage(50, LogLevel.Warning, "{Kind} '{Name}' is not accepted, and what was in force of it stays: {Problem}")]
    public static partial void NotAccepted(ILogger logger, string kind, string name, string problem);

    [LoggerMessage(51, LogLevel.Information, "{Kind} '{Name}': {Remark}")]
    public static partial void Remark(ILogger logger, string kind, string name, string remark);

    [LoggerMessage(52, LogLevel.Warning, "What the cluster declares could not be put in force: {Problem}")]
    public static partial void NotInForce(ILogger logger, string problem);

    [LoggerMessage(53, LogLevel.Information, "Reservation '{Name}' is gone from the cluster and is cancelled.")]
    public static partial void Cancelled(ILogger logger, string name);

    [LoggerMessage(54, LogLevel.Information, "Reservation '{Name}' is refused: {Problem}")]
    public static partial void ReservationRefused(ILogger logger, string name, string problem);
}
