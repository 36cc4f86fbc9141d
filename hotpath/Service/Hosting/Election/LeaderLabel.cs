using System.Text.Json.Nodes;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>The label by which the Service finds the pod of the leader.</summary>
internal sealed class LeaderLabel(OwnPod own)
{
    private const string Name = PipelineNames.Prefix + "role";
    private const string Leader = "leader";

    /// <summary>This pod has it, and no other.</summary>
    /// <returns>This pod afterwards.</returns>
    public async Task<Pod> TakeAsync(KubernetesClient client, CancellationToken cancellation)
    {
        // First its own: no leader is worse for whoever sends alerts than two, of which one answers that it is none.
        var pod = await SetAsync(client, own.Name, Leader, cancellation).ConfigureAwait(false);
        var labelled = new ListOptions { Namespace = own.Name.Namespace, LabelSelector = $"{Name}={Leader}" };
        foreach (var other in (await client.ListAsync(Kinds.Pods, labelled, RequestOptions.Urgent, cancellation).ConfigureAwait(false)).Items.Where(other => other.FullName != own.Name))
        {
            try
            {
                await SetAsync(client, other.FullName, null, cancellation).ConfigureAwait(false);
            }
            catch (KubernetesException exception) when (exception.IsNotFound)
            {
            }
        }

        return pod;
    }

    /// <summary>A container that is started again finds what the one before it has left.</summary>
    public Task LeaveAsync(KubernetesClient client, CancellationToken cancellation) => SetAsync(client, own.Name, null, cancellation);

    private static Task<Pod> SetAsync(KubernetesClient client, ObjectName pod, string? value, CancellationToken cancellation)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Name] = value } } };
        return client.PatchAsync(Kinds.Pods, pod, Patch.Merge(patch), RequestOptions.Urgent, cancellation);
    }
}
