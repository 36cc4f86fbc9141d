using System.Net;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Evicts pods through the Eviction API, which alone knows whether their disruption budgets allow it.</summary>
internal sealed class PodEvictor(KubernetesClient client, KubernetesModel model)
{
    public async Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation)
    {
        // One that waits for its volumes loses its place and waits on: nothing of it runs.
        if (model.FindPod(workload) is not { } pod || model.IsPreparing(workload))
            return EvictionOutcome.Gone;
        if (pod.Metadata.DeletionTimestamp is not null)
            return EvictionOutcome.Accepted;
        try
        {
            // A pod of the same name that took its place is not meant.
            var delete = new DeleteOptions { Preconditions = new Preconditions { Uid = pod.Metadata.Uid } };
            await client.EvictAsync(pod.FullName, delete, options: null, cancellation).ConfigureAwait(false);
            return EvictionOutcome.Accepted;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return EvictionOutcome.Gone;
        }
        catch (KubernetesException exception) when (exception.IsConflict)
        {
            return await LookAsync(pod, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.Code == (int)HttpStatusCode.TooManyRequests || IsUnderSeveral(exception))
        {
            return EvictionOutcome.Blocked;
        }
    }

    // Another pod has its name, or the server has given up on writing a budget that others write as well: then the pod still runs.
    private async Task<EvictionOutcome> LookAsync(Pod pod, CancellationToken cancellation)
    {
        var now = await client.FindAsync(Kinds.Pods, pod.FullName, options: null, cancellation).ConfigureAwait(false);
        return now?.Metadata.Uid != pod.Metadata.Uid ? EvictionOutcome.Gone
            : now.Metadata.DeletionTimestamp is null ? EvictionOutcome.Blocked
            : EvictionOutcome.Accepted;
    }

    // The server's answer for a pod under several budgets, which it evicts never (pkg/registry/core/pod/storage/eviction.go).
    private static bool IsUnderSeveral(KubernetesException exception)
        => exception.Code == (int)HttpStatusCode.InternalServerError && exception.Message.Contains("more than one PodDisruptionBudget", StringComparison.Ordinal);
}
