using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>What scheduling needs of a PersistentVolume.</summary>
/// <param name="Version">Its resourceVersion.</param>
internal sealed record Volume(string Name, string Version)
{
    /// <summary>Where the volume can be attached.</summary>
    public required VolumeReach Reach { get; init; }

    /// <summary>Null: no CSI driver attaches it.</summary>
    public required Attachment? Attachment { get; init; }

    public required string Class { get; init; }

    public required long Bytes { get; init; }

    public required IReadOnlyList<string> Modes { get; init; }

    public required bool IsBlock { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>No claim uses it or has used it but the one that it is for, and it is not being deleted.</summary>
    public required bool IsAvailable { get; init; }

    /// <summary>The claim that it is for; null: it is for any.</summary>
    public ObjectName? Claim { get; init; }

    /// <summary>Empty: whichever claim has the name.</summary>
    public string ClaimUid { get; init; } = "";

    /// <summary>That it is for the claim is our decision, which the server has not shown yet.</summary>
    public bool IsAssumed { get; init; }

    public static Volume Of(PersistentVolume volume) => new(volume.Metadata.Name, volume.Metadata.ResourceVersion ?? "")
    {
        Reach = VolumeReach.Of(volume),
        Attachment = volume.Spec.Csi is { } csi ? new Attachment(csi.Driver, csi.VolumeHandle) : null,
        Class = VolumeRequest.ClassOf(volume, volume.Spec.StorageClassName),
        Bytes = volume.Spec.Capacity.TryGetValue("storage", out var size) ? size.Units : 0,
        Modes = volume.Spec.AccessModes,
        IsBlock = volume.Spec.VolumeMode == "Block",
        Labels = volume.Metadata.Labels,
        // The volume controller binds the volume before the claim (pv_controller.go, bind).
        IsAvailable = volume is { Status.Phase: "Available" } or { Status.Phase: "Bound", Spec.ClaimRef: not null } && volume.Metadata.DeletionTimestamp is null,
        Claim = volume.Spec.ClaimRef is { } claim ? new ObjectName(claim.Namespace, claim.Name ?? "") : (ObjectName?)null,
        ClaimUid = volume.Spec.ClaimRef?.Uid ?? "",
    };

    public bool IsFor(VolumeClaim claim) => Claim == claim.Name && (ClaimUid.Length == 0 || ClaimUid == claim.Uid);

    public bool Satisfies(VolumeRequest request) => Class == request.Class && IsBlock == request.IsBlock && Bytes >= request.Bytes
        && request.Modes.All(Modes.Contains) && request.Selector?.Matches(Labels) != false;
}
