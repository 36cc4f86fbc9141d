using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>A pod in the terms of the port to the cluster.</summary>
/// <param name="Problems">What its labels and annotations say that cannot be, each beginning with the field; a default was taken instead.</param>
internal sealed record TranslatedPod(ClusterWorkload Workload, IReadOnlyList<string> Problems)
{
    /// <param name="productIsGroup">The product that it selects nodes by, if it does, is their machine group.</param>
    public static TranslatedPod Of(Pod pod, PodGroup? group = null, string budget = "", bool productIsGroup = true)
    {
        var labels = new PodLabels(pod);
        var resources = PodResources.Of(pod, labels);
        var node = pod.Spec.NodeName ?? "";
        var workload = new ClusterWorkload(
            PodTranslation.IdOf(pod), $"{pod.Metadata.Namespace}/{pod.Metadata.Name}", node, resources.GpuCount, resources.GpuMilli,
            node.Length > 0 ? resources.MaskOf(labels) : 0, resources.CpuMilli, resources.MemoryMib, PodTranslation.GroupOf(pod, productIsGroup),
            pod.Metadata.DeletionTimestamp is not null)
        {
            Labels = PodTranslation.LabelsOf(pod, labels, group, budget),
        };
        return new TranslatedPod(workload, labels.Problems);
    }
}

internal static class PodTranslation
{
    public static ulong IdOf(Pod pod) => IdOf(pod.Metadata.Uid);

    public static ulong IdOf(string uid) => StableId.Of("pod", uid);

    /// <summary>Name of the Volcano PodGroup that the pod belongs to, in its namespace; empty: none, or its own gang label goes before.</summary>
    public static string PodGroupOf(Pod pod)
        => pod.Metadata.Labels.ContainsKey(PipelineNames.Gang) ? "" : pod.Metadata.Annotations.GetValueOrDefault(PipelineNames.GroupName, "");

    /// <summary>Name of its gang, in its namespace; empty: none.</summary>
    public static string GangNameOf(Pod pod) => pod.Metadata.Labels.GetValueOrDefault(PipelineNames.Gang, "") is { Length: > 0 } name ? name : PodGroupOf(pod);

    /// <summary>The machine group that it selects nodes by; empty: any.</summary>
    /// <param name="productIsGroup">See <see cref="Model.NodeCache.IsGroup"/>.</param>
    public static string GroupOf(Pod pod, bool productIsGroup)
        => pod.Spec.NodeSelector.GetValueOrDefault(PipelineNames.Group)
            ?? (productIsGroup ? pod.Spec.NodeSelector.GetValueOrDefault(PipelineNames.Product) : null) ?? "";

    public static WorkloadLabels LabelsOf(Pod pod, PodLabels labels, PodGroup? group, string budget)
    {
        var category = labels.OneOf(
            PipelineNames.Category, Category.Training,
            ("training", Category.Training), ("serving", Category.Serving), ("data", Category.Data), ("interactive", Category.Interactive));
        return new WorkloadLabels
        {
            Project = labels.Text(PipelineNames.Project),
            Profile = labels.Text(PipelineNames.Profile),
            Provisioning = labels.OneOf(
                PipelineNames.Provisioning, Provisioning.OnDemand,
                ("reserved", Provisioning.Reserved), ("on-demand", Provisioning.OnDemand), ("spot", Provisioning.Spot)),
            Category = category,
            Purpose = labels.OneOf(
                PipelineNames.Purpose, Purpose.Produce,
                ("service", Purpose.Service), ("qa", Purpose.Qa), ("produce", Purpose.Produce), ("test", Purpose.Test)),
            Urgent = labels.OneOf(PipelineNames.Urgent, false, ("true", true), ("false", false)),
            ExpectedSeconds = labels.Seconds(PipelineNames.ExpectedDuration) ?? 0,
            CheckpointAge = labels.Seconds(PipelineNames.CheckpointAge),
            Service = ServiceOf(pod, labels, category),
            Budget = budget,
            Gang = GangOf(pod, labels, group),
            MayPreempt = pod.Spec.PreemptionPolicy != "Never",
        };
    }

    // Replicas of one owner serve together, unless they say of what they are replicas.
    private static string ServiceOf(Pod pod, PodLabels labels, Category category)
    {
        if (labels.Text(PipelineNames.Service) is { Length: > 0 } service)
            return service;
        var owner = category == Category.Serving ? pod.Metadata.OwnerReferences.FirstOrDefault(reference => reference.Controller == true) : null;
        return owner is null ? "" : $"{owner.Kind}/{owner.Name}";
    }

    private static GangLabel? GangOf(Pod pod, PodLabels labels, PodGroup? group)
    {
        var min = labels.Number(PipelineNames.GangMin, labels.Annotations, 1, 1_000_000);
        var (topology, tier) = TopologyOf(labels);
        if (labels.Text(PipelineNames.Gang) is { Length: > 0 } name)
            return new GangLabel(name, min ?? 0, topology, tier);
        if (PodGroupOf(pod) is not { Length: > 0 } groupName)
            return null;
        if (group is null)
            return new GangLabel(groupName, min ?? 0, topology, tier);
        return group.Spec.NetworkTopology is { } network && topology == GangTopology.None
            ? new GangLabel(groupName, group.Spec.MinMember, network.Mode == "soft" ? GangTopology.Soft : GangTopology.Hard, network.HighestTierAllowed ?? TopologyTree.MaxTier)
            : new GangLabel(groupName, group.Spec.MinMember, topology, tier);
    }

    private static (GangTopology Topology, int HighestTier) TopologyOf(PodLabels labels)
    {
        if (!labels.Annotations.TryGetValue(PipelineNames.Topology, out var text))
            return (GangTopology.None, 0);
        if (text == "soft")
            return (GangTopology.Soft, 0);
        if (text.StartsWith("hard:", StringComparison.Ordinal) && byte.TryParse(text.AsSpan("hard:".Length), out var tier))
            return (GangTopology.Hard, tier);
        labels.Refuse(PipelineNames.Topology, $"'{text}' is neither soft nor hard:TIER");
        return (GangTopology.None, 0);
    }
}
