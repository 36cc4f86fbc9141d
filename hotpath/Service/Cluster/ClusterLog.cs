using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Cluster;

internal static partial class ClusterLog
{
    [LoggerMessage(20, LogLevel.Information, "The model agrees with the cluster: {Nodes} nodes, {Workloads} workloads.")]
    public static partial void Synced(ILogger logger, int nodes, int workloads);

    [LoggerMessage(21, LogLevel.Warning, "The cluster watch broke; the cluster is listed again.")]
    public static partial void WatchFailed(ILogger logger, Exception exception);

    [LoggerMessage(22, LogLevel.Warning, "A workload could not be bound; it is tried again.")]
    public static partial void BindingFailed(ILogger logger, Exception exception);

    [LoggerMessage(23, LogLevel.Warning, "The model does not take what the cluster says about {Subject}: {Problem}")]
    public static partial void NotTaken(ILogger logger, string subject, string problem);
}
