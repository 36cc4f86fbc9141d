using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>What a pod means for scheduling.</summary>
internal enum PodStanding
{
    /// <summary>It waits for a node.</summary>
    Pending,

    /// <summary>It may not be scheduled yet (spec.schedulingGates).</summary>
    Gated,

    /// <summary>It holds resources of its node, also while it terminates.</summary>
    Bound,

    /// <summary>It holds nothing and waits for nothing.</summary>
    Finished,
}

internal static class PodStandings
{
    public static PodStanding Of(Pod pod) => pod switch
    {
        { Status.Phase: "Succeeded" or "Failed" } => PodStanding.Finished,
        { Spec.NodeName.Length: > 0 } => PodStanding.Bound,
        { Metadata.DeletionTimestamp: not null } => PodStanding.Finished,
        { Spec.SchedulingGates.Count: > 0 } => PodStanding.Gated,
        _ => PodStanding.Pending,
    };
}
