using System.Text.Json.Nodes;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>
/// Has the volumes of a placed pod come to its node: tells provisioners the node, and keeps free volumes for claims. The rest is the work of
/// provisioners and of the volume controller, which the watch shows.
/// </summary>
internal sealed class VolumeBinder(
    KubernetesClient client, KubernetesModel model, KubernetesOptions options, PodReports reports, CallMetrics metrics, TimeProvider time) : IDisposable
{
    // A provisioner that could not serve a node will rarely be able to a moment later, and others may.
    private static readonly TimeSpan Avoidance = TimeSpan.FromMinutes(1);

    // With the wait for its turn, it ends well before the engine takes the place back, which it does after half a minute.
    private static readonly RequestOptions InTime = new() { Timeout = TimeSpan.FromSeconds(10) };

    private readonly CancellationTokenSource _stopping = new();

    /// <exception cref="KubernetesException">The server has decided against a write that is needed.</exception>
    public async Task<Readiness> PrepareAsync(WorkloadBinding binding, CancellationToken cancellation)
    {
        var step = model.PrepareVolumes(binding.Workload, binding.Node, time.GetTimestamp(), begun => time.GetElapsedTime(begun) >= options.VolumeTimeout);
        if (step.Problem.Length > 0 && model.FindPod(binding.Workload) is { } pod)
            reports.Tell(pod, "Warning", "FailedScheduling", step.Problem);
        if (step.IsRejected)
            _ = AllowAgainAsync(binding);
        try
        {
            // At once: one after the other they may take longer than the engine keeps the place.
            var writes = step.ToKeep.Select(keep => KeepAsync(keep.Volume, keep.Claim, cancellation))
                .Concat(step.ToSelect.Select(claim => SelectAsync(claim, binding, cancellation)));
            await Task.WhenAll(writes.Select(WriteAsync)).ConfigureAwait(false);
        }
        catch
        {
            model.GiveUp(binding.Workload);
            throw;
        }

        return step.Readiness;
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private async Task WriteAsync(Task write)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (WaitsForNews(exception))
        {
            metrics.Failed("prepare", exception);
        }
    }

    /// <summary>As the volume controller does it (SetClaimRef, <c>pv.kubernetes.io/bound-by-controller</c>), which then completes both sides.</summary>
    private async Task KeepAsync(Volume volume, VolumeClaim claim, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            // A volume that somebody has taken meanwhile is not meant.
            ["metadata"] = new JsonObject { ["resourceVersion"] = volume.Version, ["annotations"] = new JsonObject { [VolumeNames.BoundByController] = "yes" } },
            ["spec"] = new JsonObject
            {
                ["claimRef"] = new JsonObject
                {
                    ["apiVersion"] = "v1",
                    ["kind"] = "PersistentVolumeClaim",
                    ["namespace"] = claim.Name.Namespace,
                    ["name"] = claim.Name.Name,
                    ["uid"] = claim.Uid,
                },
            },
        };
        model.Seen(await client.PatchAsync(Kinds.PersistentVolumes, volume.Name, Patch.Merge(patch), InTime, cancellation).ConfigureAwait(false));
    }

    private async Task SelectAsync(VolumeClaim claim, WorkloadBinding binding, CancellationToken cancellation)
    {
        var patch = new JsonObject
        {
            // A claim that got its volume or another node meanwhile is not meant.
            ["metadata"] = new JsonObject
            {
                ["uid"] = claim.Uid,
                ["resourceVersion"] = claim.Version,
                ["annotations"] = new JsonObject { [VolumeNames.SelectedNode] = binding.Node },
            },
        };
        var selected = await client.PatchAsync(Kinds.PersistentVolumeClaims, claim.Name, Patch.Merge(patch), InTime, cancellation).ConfigureAwait(false);
        model.Selected(binding.Workload, selected);
    }

    // Somebody has written it, or nobody knows whether we have: the watch tells, and it is asked for again.
    private static bool WaitsForNews(KubernetesException exception) => !exception.IsDecided || exception.IsNotFound;

    private async Task AllowAgainAsync(WorkloadBinding binding)
    {
        await Task.Delay(Avoidance, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        model.AllowAgain(binding.Workload, binding.Node);
    }
}
