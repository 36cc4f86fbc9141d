using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;
using Pipeline.TestControlPlane;
using KubeconfigReader = Pipeline.Kubernetes.Access.Kubeconfig;

namespace Pipeline.Kubernetes.Tests.Interop;

/// <summary>A real API server, which the tests of this folder share: each uses names of its own.</summary>
public sealed class ServerFixture : ControlPlaneFixture
{
    public ClusterAccess Access => AccessOf(Plane.KubeconfigPath);

    public static ClusterAccess AccessOf(string kubeconfig) => KubeconfigReader.Load([kubeconfig], null, TimeProvider.System);

    public KubernetesClient Client(Func<KubernetesClientOptions, KubernetesClientOptions>? change = null, ClusterAccess? access = null, LeaderGate? gate = null)
    {
        var options = new KubernetesClientOptions();
        return new KubernetesClient(access ?? Access, change?.Invoke(options) ?? options, TimeProvider.System, random: null, gate);
    }
}

[CollectionDefinition(Name)]
public sealed class ServerCollection : ICollectionFixture<ServerFixture>
{
    public const string Name = "API server";
}
