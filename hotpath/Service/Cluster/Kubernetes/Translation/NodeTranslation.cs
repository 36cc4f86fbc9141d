using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Model;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>A node in the terms of the port to the cluster.</summary>
/// <param name="Problems">What its labels say that cannot be, each beginning with the field; a default was taken instead.</param>
internal sealed record TranslatedNode(ClusterNode Node, IReadOnlyList<string> Problems)
{
    /// <param name="tolerable">Keys of taints that keep only those pods off that do not tolerate them.</param>
    public static TranslatedNode Of(Node node, NodeMarks mark, IReadOnlySet<string> tolerable)
    {
        var problems = new List<string>();
        var allocatable = node.Status.Allocatable;
        var gpus = Units(PipelineNames.GpuResource) is > 0 and var whole ? whole : PodResources.GpusOfSlices(allocatable);
        // Replicas of time slicing, or MIG slices of the strategy "single". A node that we did not take would never be repaired either.
        if (gpus > NodeTable.MaxGpus)
            problems.Add($"{PipelineNames.GpuResource}: {gpus} are more than the {NodeTable.MaxGpus} that are given away at once");
        var labels = node.Metadata.Labels;
        return new TranslatedNode(
            new ClusterNode(
                node.Metadata.Name,
                (int)Math.Min(NodeTable.MaxGpus, gpus),
                allocatable.TryGetValue("cpu", out var cpu) ? cpu.Milli : 0,
                Units("memory") >> 20,
                labels.GetValueOrDefault(PipelineNames.Group) ?? labels.GetValueOrDefault(PipelineNames.Product, ""),
                -1,
                IsReachable(node),
                mark.IsCordonedByOthers || node.Spec.Taints.Any(taint => IsClosing(taint, tolerable)) ? ClusterNode.Person : mark.Run)
            {
                MadeAt = node.Metadata.CreationTimestamp?.ToUnixTimeMilliseconds() ?? 0,
                Zone = ZoneOf(labels, problems),
                // The kubelet counts every pod that has not ended, whoever bound it, and turns the next one away (OutOfpods).
                MaxWorkloads = allocatable.TryGetValue("pods", out var pods) ? (int)Math.Clamp(pods.Units, 0, int.MaxValue) : int.MaxValue,
                Mark = mark.Run,
                Written = NodeMarks.WrittenOn(node),
                Lifted = mark.IsLifted ? mark.Run : "",
                Lost = mark is { IsTaintLost: true, IsLifted: false } ? mark.Run : "",
            },
            problems);

        long Units(string resource) => allocatable.TryGetValue(resource, out var amount) ? Math.Max(0, amount.Units) : 0;
    }

    /// <summary>
    /// A taint that takes the node out of scheduling. Those of a cordon, of our mark and of a node that does not answer say what the node
    /// says itself.
    /// </summary>
    private static bool IsClosing(Taint taint, IReadOnlySet<string> tolerable) => taint.Effect is "NoSchedule" or "NoExecute"
        && taint.Key is not (PipelineNames.Quarantined or "node.kubernetes.io/unschedulable" or "node.kubernetes.io/not-ready" or "node.kubernetes.io/unreachable")
        && !tolerable.Contains(taint.Key);

    // Without the condition, nobody has seen the kubelet yet.
    private static bool IsReachable(Node node) => node.Status.Conditions.Any(condition => condition is { Type: "Ready", Status: "True" });

    private static NodeZone ZoneOf(IReadOnlyDictionary<string, string> labels, List<string> problems)
    {
        switch (labels.GetValueOrDefault(PipelineNames.Zone))
        {
            case null: return NodeZone.Any;
            case "small": return NodeZone.Small;
            case "medium": return NodeZone.Medium;
            case "large": return NodeZone.Large;
            case var other:
                problems.Add($"{PipelineNames.Zone}: '{other}' is none of small, medium, large");
                return NodeZone.Any;
        }
    }
}
