using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>How far the volumes of a pod are, and what has to be written for them to come to its node.</summary>
/// <param name="Problem">Why a person may want to know that the node was given up; empty: nobody does.</param>
internal sealed record VolumeStep(Readiness Readiness, string Problem = "")
{
    public static VolumeStep Ready { get; } = new(Readiness.Ready);

    public static VolumeStep Refused { get; } = new(Readiness.Refused);

    /// <summary>The provisioner could not make a volume for the node.</summary>
    public bool IsRejected { get; init; }

    /// <summary>Claims whose provisioner must be told the node.</summary>
    public IReadOnlyList<VolumeClaim> ToSelect { get; init; } = [];

    /// <summary>Volumes that must be kept for a claim.</summary>
    public IReadOnlyList<(Volume Volume, VolumeClaim Claim)> ToKeep { get; init; } = [];
}
