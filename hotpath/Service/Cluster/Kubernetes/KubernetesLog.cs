using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Cluster.Kubernetes;

internal static partial class KubernetesLog
{
    [LoggerMessage(40, LogLevel.Warning, "{Kind} '{Name}' is not understood: {Problem}.")]
    public static partial void NotUnderstood(ILogger logger, string kind, string name, string problem);

    [LoggerMessage(41, LogLevel.Warning, "The API server refused '{Call}' ({Reason}): {Problem}")]
    public static partial void Refused(ILogger logger, string call, string reason, string problem);

    [LoggerMessage(42, LogLevel.Warning, "The API server has no NodeRepair kind (deploy/crds): kubectl shows no runs, and a leader without this one's data knows them by the marks of their nodes alone.")]
    public static partial void NoNodeRepairs(ILogger logger);
}
