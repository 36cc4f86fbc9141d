using Microsoft.Extensions.Logging;
using Pipeline.Scheduling.Effects;

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

    [LoggerMessage(24, LogLevel.Information, "{Workload} must leave {Node}: {Reason}, for '{For}', asked for by '{Actor}'.")]
    public static partial void Evicting(ILogger logger, string workload, string node, EvictionReason reason, string @for, string actor);

    [LoggerMessage(25, LogLevel.Warning, "Workload {Workload} could not be evicted; it is tried again.")]
    public static partial void EvictionFailed(ILogger logger, ulong workload, Exception exception);

    [LoggerMessage(27, LogLevel.Information, "{Node} is out of scheduling; {Replacement} has room for workload {Workload} of a gang.")]
    public static partial void ReplacementOffered(ILogger logger, string node, ulong workload, string replacement);

    [LoggerMessage(28, LogLevel.Warning, "Why workloads wait could not be told; it is tried again.")]
    public static partial void ExplainingFailed(ILogger logger, Exception exception);

    [LoggerMessage(29, LogLevel.Warning, "The scheduler of workload {Workload} could not be told that its gang is complete.")]
    public static partial void NudgeFailed(ILogger logger, ulong workload, Exception exception);

    [LoggerMessage(31, LogLevel.Warning, "The cluster could not be told that {Workload} is nominated.")]
    public static partial void NominationFailed(ILogger logger, string workload, Exception exception);

    [LoggerMessage(32, LogLevel.Warning, "The mark of {Run} could not be taken off {Node}; it is tried again.")]
    public static partial void UnmarkingFailed(ILogger logger, string node, string run, Exception exception);

    [LoggerMessage(26, LogLevel.Information, "Audit: {Workload} of project '{Project}' was taken as urgent, asked for by '{Actor}'.")]
    public static partial void Urgent(ILogger logger, string workload, string project, string actor);
}
