using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Cluster.Kubernetes;

internal static partial class KubernetesLog
{
    [LoggerMessage(40, LogLevel.Warning, "{Kind} '{Name}' is not understood: {Problem}.")]
    public static partial void NotUnderstood(ILogger logger, string kind, string name, string problem);

    [LoggerMessage(41, LogLevel.Warning, "The API server refused '{Call}' ({Reason}): {Problem}")]
    public static partial void Refused(ILogger logger, string call, string reason, string problem);
}
