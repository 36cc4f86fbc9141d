using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Extender;

/// <summary>Which pods are the extender's business, and what they are to the engine.</summary>
internal sealed class ManagedPods(ExtenderOptions options)
{
    private readonly string[] _resources = options.ManagedResources ?? [PipelineNames.GpuResource];

    /// <summary>Null: the pod asks for nothing that is managed here.</summary>
    public ClusterWorkload? Read(Pod pod)
    {
        foreach (var resource in _resources)
        {
            if (PodResources.Request(pod, resource, static quantity => quantity.Units) > 0)
                return TranslatedPod.Of(pod).Workload;
        }

        return null;
    }
}
