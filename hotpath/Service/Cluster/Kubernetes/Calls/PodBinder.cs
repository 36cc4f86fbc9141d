using System.Globalization;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Binds pods, with the GPUs that they were given in the same write.</summary>
internal sealed class PodBinder(KubernetesClient client, KubernetesModel model, PodReports reports)
{
    private const int FindsUnderWay = 16;

    // With the wait for its turn, a bind ends well before the engine takes the place back, which it does after half a minute.
    private static readonly RequestOptions InTime = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <returns>False: the pod is gone, ends, or is on another node.</returns>
    /// <exception cref="KubernetesException">It may have been bound; <see cref="SettleAsync"/> finds out.</exception>
    public async Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation)
    {
        model.Binding(binding.Workload, binding.Node);
        if (await TryBindAsync(binding, cancellation).ConfigureAwait(false))
            return true;
        model.NotBound(binding.Workload);
        return false;
    }

    /// <summary>Asks the server about the pods whose bind was not answered. Afterwards the model shows where they are.</summary>
    /// <param name="node">Where they were to go; null: anywhere.</param>
    public Task SettleAsync(string? node, CancellationToken cancellation) => Parallel.ForEachAsync(
        model.Unsure(node), new ParallelOptions { MaxDegreeOfParallelism = FindsUnderWay, CancellationToken = cancellation },
        async (pod, _) => await FindAsync(pod, cancellation).ConfigureAwait(false));

    private async Task<bool> TryBindAsync(WorkloadBinding binding, CancellationToken cancellation)
    {
        if (model.FindPod(binding.Workload) is not { } pod)
            return false;
        if (pod.Spec.NodeName is { Length: > 0 })
            return IsAt(pod, binding);
        if (PodStandings.Of(pod) != PodStanding.Pending)
            return false;
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        if (binding.GpuMask != 0)
            annotations[PipelineNames.Gpus] = MaskText(binding.GpuMask);
        try
        {
            await client.BindAsync(pod.FullName, pod.Metadata.Uid, binding.Node, annotations, InTime, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
        catch (KubernetesException exception) when (exception.IsConflict)
        {
            // Another scheduler was first, or this is the second copy of a bind whose answer was lost.
            var now = await FindAsync(pod, cancellation).ConfigureAwait(false);
            if (now is null || PodStandings.Of(now) != PodStanding.Pending)
                return now is not null && IsAt(now, binding);
            // The server says the same when its own storage did not answer it, which may carry the bind out yet.
            model.BindUnanswered(binding.Workload, binding.Node);
            model.Binding(binding.Workload, binding.Node);
            throw;
        }
        catch (KubernetesException exception) when (MayHaveHappened(exception))
        {
            model.BindUnanswered(binding.Workload, binding.Node);
            throw;
        }

        model.Bound(binding.Workload, binding.Node, annotations);
        reports.Scheduled(pod, binding.Node);
        return true;
    }

    // The server says 5xx also when it is its own storage that did not answer it.
    private static bool MayHaveHappened(KubernetesException exception) => exception is { IsUnanswered: true, NotSent: false } or { Code: >= 500 };

    private async Task<Pod?> FindAsync(Pod pod, CancellationToken cancellation)
    {
        var id = PodTranslation.IdOf(pod);
        var now = await client.FindAsync(Kinds.Pods, pod.FullName, InTime, cancellation).ConfigureAwait(false);
        if (now?.Metadata.Uid != pod.Metadata.Uid)
            now = null;
        model.Settled(id, now);
        return now;
    }

    private static bool IsAt(Pod pod, WorkloadBinding binding) => pod.Spec.NodeName == binding.Node && pod.Metadata.DeletionTimestamp is null
        && pod.Metadata.Annotations.GetValueOrDefault(PipelineNames.Gpus, MaskText(0)) == MaskText(binding.GpuMask);

    private static string MaskText(uint mask) => $"0x{mask.ToString("x", CultureInfo.InvariantCulture)}";
}
