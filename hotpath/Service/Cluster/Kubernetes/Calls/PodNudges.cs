using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>
/// Has kube-scheduler look at a pod again. One that it could not schedule is put aside until something that looks like room happens in the
/// cluster, or for a minute; a change of the pod itself, its status left out, brings it back at once (PriorityQueue.Update).
/// </summary>
internal sealed class PodNudges(KubernetesClient client, TimeProvider time)
{
    public async Task TellAsync(Pod pod, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                // A pod of the same name that took its place is not meant.
                ["uid"] = pod.Metadata.Uid,
                ["annotations"] = new JsonObject { [PipelineNames.GangComplete] = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) },
            },
        };
        try
        {
            await client.PatchAsync(Kinds.Pods, pod.FullName, Patch.Merge(patch), options: null, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound || exception.IsConflict)
        {
            // It needs no node any more.
        }
    }
}
