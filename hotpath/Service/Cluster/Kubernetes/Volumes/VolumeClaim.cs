using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>What scheduling needs of a PersistentVolumeClaim.</summary>
/// <param name="Version">Its resourceVersion.</param>
internal sealed record VolumeClaim(ObjectName Name, string Uid, string Version)
{
    public required VolumeRequest Request { get; init; }

    /// <summary>Empty: it has none yet.</summary>
    public required string VolumeName { get; init; }

    /// <summary>Claim and volume have accepted each other.</summary>
    public required bool IsBound { get; init; }

    /// <summary>The node for which a volume is being made; empty: none.</summary>
    public required string SelectedNode { get; init; }

    /// <summary>It had a volume, which is gone.</summary>
    public required bool IsLost { get; init; }

    public required bool IsLeaving { get; init; }

    /// <summary>Uid of the object that controls it; empty: none does.</summary>
    public required string Owner { get; init; }

    /// <summary>No two pods may use it at the same time.</summary>
    public bool IsForOnePod => Request.Modes.Contains(VolumeNames.OnePod);

    public static VolumeClaim Of(PersistentVolumeClaim claim) => new(claim.FullName, claim.Metadata.Uid, claim.Metadata.ResourceVersion ?? "")
    {
        Request = VolumeRequest.Of(claim),
        VolumeName = claim.Spec.VolumeName ?? "",
        IsBound = claim.Spec.VolumeName is { Length: > 0 } && claim.Metadata.Annotations.ContainsKey(VolumeNames.BindCompleted),
        SelectedNode = claim.Metadata.Annotations.GetValueOrDefault(VolumeNames.SelectedNode, ""),
        IsLost = claim.Status.Phase == "Lost",
        IsLeaving = claim.Metadata.DeletionTimestamp is not null,
        Owner = claim.Metadata.OwnerReferences.FirstOrDefault(owner => owner.Controller == true)?.Uid ?? "",
    };
}
