using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Cluster.Kubernetes;

internal static partial class KubernetesLog
{
    [LoggerMessage(40, LogLevel.Warning, "{Kind} '{Name}' is not understood: {Problem}.")]
    public static partial void NotUnderstood(ILogger logger, string kind, string name, string problem);

    [LoggerMessage(41, LogLevel.Warning, "The API server refused or did not answer '{Call}' ({Reason}): {Problem}")]
    public static partial void Refused(ILogger logger, string call, string reason, string problem);

    [LoggerMessage(42, LogLevel.Warning, "The API server has no NodeRepair kind (deploy/crds): kubectl shows no runs, and a leader without this one's data knows them by the marks of their nodes alone.")]
    public static partial void NoNodeRepairs(ILogger logger);

    [LoggerMessage(43, LogLevel.Error, "The API server does not allow '{Verb}' on '{Resource}' ({Reason}). What needs it is tried again; deploy/base/clusterrole.yaml and role.yaml say what is needed. {Problem}")]
    public static partial void Denied(ILogger logger, string verb, string resource, string reason, string problem);
}
