using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Says on pending pods what other schedulers act upon. A pod that has gone needs it no more.</summary>
internal sealed class PodHints(KubernetesClient client, TimeProvider time)
{
    /// <summary>
    /// Has kube-scheduler look at the pod again. One that it could not schedule is put aside until something that looks like room happens in
    /// the cluster, or for a minute; a change of the pod itself, its status left out, brings it back at once (PriorityQueue.Update). The
    /// annotation is written through the status, which takes those as well (registry/core/pod/strategy.go, podStatusStrategy): the right to
    /// patch pods would be one to change what they run.
    /// </summary>
    public Task NudgeAsync(Pod pod, CancellationToken cancellation)
    {
        var annotations = new JsonObject { [PipelineNames.GangComplete] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) };
        return PatchAsync(pod, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } }, cancellation);
    }

    /// <summary>kube-scheduler keeps the node's room from pods of a lower priority.</summary>
    public Task NominateAsync(Pod pod, string node, CancellationToken cancellation) => pod.Status.NominatedNodeName == node
        ? Task.CompletedTask
        : PatchAsync(pod, new JsonObject { ["status"] = new JsonObject { ["nominatedNodeName"] = node } }, cancellation);

    private async Task PatchAsync(Pod pod, JsonObject patch, CancellationToken cancellation)
    {
        // A pod of the same name that took its place is not meant.
        var metadata = patch["metadata"] as JsonObject ?? new JsonObject();
        metadata["uid"] = pod.Metadata.Uid;
        patch["metadata"] ??= metadata;
        try
        {
            await client.PatchAsync(Kinds.Pods, pod.FullName, Patch.Merge(patch), RequestOptions.Background with { Subresource = "status" }, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
        {
        }
    }
}
