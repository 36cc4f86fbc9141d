using System.Net;

namespace Pipeline.Hotpath.Hosting;

/// <summary>What the command line says about the hotpath.</summary>
/// <param name="Bind">Address of every port. Default loopback.</param>
/// <param name="GrpcPort">Default 5051; 0 picks a free one.</param>
/// <param name="HttpPort">Health and metrics. Default 5052; 0 picks a free one.</param>
/// <param name="Data">Folder of everything that must survive. Default <c>./data</c>.</param>
/// <param name="Cluster">Which kind of cluster. Default the simulated one.</param>
/// <param name="Kubeconfig">File of the real one; null: that of KUBECONFIG, the cluster that this process runs in, or <c>~/.kube/config</c>.</param>
/// <param name="Nodes">Nodes of the simulated cluster. Default 64, range 1 to 100,000.</param>
/// <param name="AcceptLoss">Start although acknowledged data are gone.</param>
/// <param name="LeaderElect">Decide and act only while holding the Lease <c>pipeline</c>; stand by otherwise.</param>
/// <param name="Namespace">Of the Lease; null: that of the pod (POD_NAMESPACE), or else <c>pipeline-system</c>.</param>
public sealed record HotpathLaunch(
    IPAddress Bind, int GrpcPort, int HttpPort, string Data, ClusterKind Cluster, string? Kubeconfig, int Nodes, bool AcceptLoss, bool LeaderElect, string? Namespace);

/// <summary>Clusters that can be driven.</summary>
public enum ClusterKind
{
    Simulated,
    Kubernetes,
}
