using Microsoft.Extensions.Configuration;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Election;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Hosting.Election;

internal static class ElectionSettings
{
    private const string LeaseName = "pipeline";
    private const string DefaultNamespace = "pipeline-system";

    /// <summary>Section <c>LeaderElection</c>, for its times; the command line or the pod gives the namespace.</summary>
    public static LeaderElectionOptions Read(IConfiguration settings, HotpathLaunch launch, OwnPod? pod, Action<KubernetesException> onFailure)
        => settings.Read<LeaderElectionOptions>("LeaderElection") with
        {
            Lease = new ObjectName(launch.Namespace ?? pod?.Name.Namespace ?? DefaultNamespace, LeaseName),
            // The pod's name alone would be that of the container before this one as well.
            Identity = $"{pod?.Name.Name ?? Environment.MachineName}_{Guid.NewGuid():N}",
            OnFailure = onFailure,
        };
}
