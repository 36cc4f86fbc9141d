using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Client;

/// <summary>Questions about the server itself.</summary>
public static class DiscoveryCalls
{
    public static Task<ServerVersion> VersionAsync(this KubernetesClient client, CancellationToken cancellation = default)
        => client.Transport.CallAsync(
            KubernetesClient.Request(HttpMethod.Get, "/version", options: null, safeToRepeat: true), KubernetesJson.TrimmedOptions.TypeInfo<ServerVersion>(), cancellation);

    /// <summary>Whether the server knows the kind, such as one of a CRD. The answer is remembered for 10 minutes.</summary>
    public static async Task<bool> ServesAsync<T>(this KubernetesClient client, ResourceKind<T> kind, CancellationToken cancellation = default)
        where T : KubernetesObject
        => await client.Discovery.FindAsync(kind.Root, cancellation).ConfigureAwait(false) is { } served && served.Resources.Any(resource => resource.Name == kind.Plural);

    /// <summary>Has the server be asked anew what it serves: something that it is remembered to serve was not found.</summary>
    public static void ForgetServed(this KubernetesClient client) => client.Discovery.Forget();

    /// <summary>PodDisruptionBudgets in the version that the server has: v1 from 1.21, v1beta1 up to 1.24.</summary>
    public static async Task<ResourceKind<PodDisruptionBudget>> PodDisruptionBudgetsAsync(this KubernetesClient client, CancellationToken cancellation = default)
        => await client.ServesAsync(Kinds.PodDisruptionBudgets, cancellation).ConfigureAwait(false)
            ? Kinds.PodDisruptionBudgets
            : Kinds.PodDisruptionBudgets.InVersion("v1beta1");
}
