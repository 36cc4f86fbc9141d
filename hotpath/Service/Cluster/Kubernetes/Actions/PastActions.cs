using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Actions;

/// <summary>
/// Calls off actions that their runs no longer wait for. The time of a pod (activeDeadlineSeconds) runs from when its kubelet takes it, so a boot
/// asked of a node that is away would come when the node is back, perhaps long after it has been mended and given to workloads.
/// </summary>
internal sealed class PastActions(KubernetesClient client, KubernetesOptions options)
{
    /// <summary>Those before the attempt that the mark stands for, and that one as well when its run waits for a person.</summary>
    public Task EndBeforeAsync(NodeMark mark, CancellationToken cancellation)
    {
        var next = mark.State is nameof(RunState.Escalated) or nameof(RunState.NeedsHardware) ? mark.Attempt + 1 : mark.Attempt;
        // A quarantine does not wait for a listing in which nothing can be.
        return next > 1 ? EndAsync(mark.Node, new AttemptKey(mark.Run, next), cancellation) : Task.CompletedTask;
    }

    /// <summary>Those of the run, and of runs before it.</summary>
    public Task EndAllAsync(string node, string run, CancellationToken cancellation) => EndAsync(node, new AttemptKey(run, int.MaxValue), cancellation);

    private async Task EndAsync(string node, AttemptKey first, CancellationToken cancellation)
    {
        if (options.Actions.Count == 0)
            return;
        var pods = await client.ListAsync(Kinds.Pods, ActionPods.On(node, options.ActionNamespace), options: null, cancellation).ConfigureAwait(false);
        foreach (var pod in pods.Items.Where(first.Outdates))
            await ActionPods.DeleteAsync(client, pod.FullName, cancellation).ConfigureAwait(false);
    }
}
