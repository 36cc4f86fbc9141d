using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Client;

/// <summary>What is done to pods through their subresources.</summary>
public static class PodCalls
{
    /// <summary>Binds a pod to a node, once: a pod that is bound already, or was replaced, is a conflict. Not repeated when no answer comes.</summary>
    /// <param name="uid">Of the pod that is meant; null: whichever has the name.</param>
    /// <param name="annotations">The server sets them on the pod in the same write.</param>
    public static Task BindAsync(
        this KubernetesClient client, ObjectName pod, string? uid, string node, IReadOnlyDictionary<string, string>? annotations = null, RequestOptions? options = null,
        CancellationToken cancellation = default)
    {
        var binding = new Binding
        {
            ApiVersion = "v1",
            Kind = "Binding",
            Metadata = new ObjectMeta { Name = pod.Name, Namespace = pod.Namespace, Uid = uid!, Annotations = annotations! },
            Target = new ObjectReference { ApiVersion = "v1", Kind = "Node", Name = node },
        };
        return PostAsync(client, pod, "binding", binding, KubernetesJson.Options.TypeInfo<Binding>(), options, cancellation);
    }

    /// <summary>
    /// Evicts a pod, if its disruption budgets allow it now; <see cref="KubernetesException.IsDisruptionBudget"/> says that they do not.
    /// The server then deletes it with its grace period.
    /// </summary>
    /// <exception cref="KubernetesException">Also 404: it is gone already.</exception>
    public static async Task EvictAsync(
        this KubernetesClient client, ObjectName pod, DeleteOptions? delete = null, RequestOptions? options = null, CancellationToken cancellation = default)
    {
        var eviction = new Eviction
        {
            ApiVersion = await EvictionVersionAsync(client, cancellation).ConfigureAwait(false),
            Kind = "Eviction",
            Metadata = new ObjectMeta { Name = pod.Name, Namespace = pod.Namespace },
            DeleteOptions = delete,
        };
        await PostAsync(client, pod, "eviction", eviction, KubernetesJson.Options.TypeInfo<Eviction>(), options, cancellation).ConfigureAwait(false);
    }

    /// <summary>The subresource has a version of its own: 1.21 serves budgets of policy/v1, but evictions of v1beta1 only.</summary>
    private static async Task<string> EvictionVersionAsync(KubernetesClient client, CancellationToken cancellation)
    {
        var core = await client.Discovery.FindAsync("/api/v1", cancellation).ConfigureAwait(false);
        return core?.Resources.FirstOrDefault(resource => resource.Name == "pods/eviction") is { Group: { } group, Version: { } version } ? $"{group}/{version}" : "policy/v1";
    }

    private static async Task PostAsync<T>(
        KubernetesClient client, ObjectName pod, string subresource, T body, JsonTypeInfo<T> type, RequestOptions? options, CancellationToken cancellation)
    {
        var path = client.Writing(Kinds.Pods.Path(pod, subresource), options);
        var request = KubernetesClient.Request(HttpMethod.Post, path.ToString(), options, safeToRepeat: false) with { Body = JsonSerializer.SerializeToUtf8Bytes(body, type) };
        var status = await client.Transport.CallAsync(request, KubernetesJson.Options.TypeInfo<Status>(), cancellation).ConfigureAwait(false);
        // Servers up to 1.21 say 201 and mean 500 when a pod has more than one budget.
        if (status.Outcome == "Failure")
            throw ApiErrors.OfStatus($"{request.Method} {request.Path}", status);
    }
}
