using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Hosting.Election;

internal static partial class ElectionLog
{
    [LoggerMessage(60, LogLevel.Information, "Standing by as {Identity} for the Lease {Lease}: the cluster is followed, nothing is decided.")]
    public static partial void StandingBy(ILogger logger, string identity, string lease);

    [LoggerMessage(61, LogLevel.Information, "Leading as {Identity}, term {Term} of the Lease {Lease}.")]
    public static partial void Leading(ILogger logger, string identity, int term, string lease);

    [LoggerMessage(62, LogLevel.Critical, "The Lease {Lease} could not be renewed in time: this process leads no more. It sends no change to the cluster from here on and ends.")]
    public static partial void Lost(ILogger logger, string lease);

    [LoggerMessage(63, LogLevel.Information, "The leadership of term {Term} has ended; the Lease {Lease} is released if it was still held.")]
    public static partial void Ended(ILogger logger, int term, string lease);

    [LoggerMessage(64, LogLevel.Warning, "The Lease {Lease} cannot be acquired or renewed now ({Reason}): {Problem}")]
    public static partial void Failed(ILogger logger, string lease, string reason, string problem);

    [LoggerMessage(65, LogLevel.Error, "The label that leads the Service to this pod cannot be set or taken away now ({Reason}), and is tried again: {Problem}")]
    public static partial void NotLabelled(ILogger logger, string reason, string problem);

    [LoggerMessage(66, LogLevel.Warning, "The data in {Folder} are of another time than the cluster: {Why}. They are moved to {Aside}, and the model is made from the cluster.")]
    public static partial void MovedAside(ILogger logger, string folder, string why, string aside);
}
