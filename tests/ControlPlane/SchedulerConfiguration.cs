using System.Text.RegularExpressions;

namespace Pipeline.TestControlPlane;

/// <summary>
/// A KubeSchedulerConfiguration with this control plane's connection in the place of its own. With --config, kube-scheduler ignores the
/// flags that say so.
/// </summary>
internal static partial class SchedulerConfiguration
{
    private const string Plain = """
        apiVersion: kubescheduler.config.k8s.io/v1beta1
        kind: KubeSchedulerConfiguration
        """;

    public static string Text(string? configuration, string kubeconfig, int insecurePort)
    {
        // One scheduler alone needs no leader, and a restarted one would wait for its own old lease; the default of 50 requests a second
        // would be all that a measurement sees. Its plain port is a fixed one on all addresses, which two schedulers cannot share.
        var rest = WithoutConnection().Replace(configuration ?? Plain, "").TrimEnd();
        return $"""
            {rest}
            leaderElection:
              leaderElect: false
            clientConnection:
              kubeconfig: {kubeconfig}
              qps: 5000
              burst: 5000
            healthzBindAddress: 127.0.0.1:{insecurePort}
            metricsBindAddress: 127.0.0.1:{insecurePort}

            """;
    }

    // A top-level key with the indented lines below it.
    [GeneratedRegex(@"^(leaderElection|clientConnection|healthzBindAddress|metricsBindAddress):.*(\n([ \t].*)?)*(?=\n\S|\z)", RegexOptions.Multiline)]
    private static partial Regex WithoutConnection();
}
