using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The time until a Kubernetes cluster can be read, which may be long when its API server is away or allows too little.</summary>
internal static class WarmUp
{
    // As often as a cluster that is away is tried again.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Returns when the cluster is known. Until then the ports say why it is not.</summary>
    public static async Task RunAsync(
        HotpathLaunch launch, IReadOnlyList<int> httpPorts, IConfiguration settings, KubernetesCluster cluster, MetricsPage metrics, TimeProvider time,
        ILoggerFactory loggers, CancellationToken cancellation)
    {
        var ports = await StandbyPorts.OpenAsync(
            launch, httpPorts, HotpathSettings.ReadGrpc(settings), metrics, () => WhyNotReady(cluster), () => WhyNotReady(cluster), RetryAfter, time, loggers).ConfigureAwait(false);
        await using (ports.ConfigureAwait(false))
            await cluster.WarmAsync(cancellation).ConfigureAwait(false);
    }

    public static string WhyNotReady(KubernetesCluster cluster)
        => cluster.WhyNotFollowed is { } problem ? $"the cluster cannot be followed: {problem}" : "the cluster has not been listed yet";
}
