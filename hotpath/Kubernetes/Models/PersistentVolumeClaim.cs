namespace Pipeline.Kubernetes.Models;

/// <summary>core/v1 PersistentVolumeClaim.</summary>
public sealed record PersistentVolumeClaim : KubernetesObject
{
    public PersistentVolumeClaimSpec Spec { get; init => field = value ?? new(); } = new();

    public VolumePhase Status { get; init => field = value ?? new(); } = new();
}

public sealed record PersistentVolumeClaimSpec : ModelPart
{
    /// <summary>ReadWriteOnce, ReadOnlyMany or ReadWriteMany; the volume must have all of them.</summary>
    public IReadOnlyList<string> AccessModes { get; init => field = value ?? []; } = [];

    /// <summary>Of the labels of volumes. Null: any will do.</summary>
    public LabelSelector? Selector { get; init; }

    /// <summary>The request <c>storage</c>, in bytes.</summary>
    public ResourceRequirements Resources { get; init => field = value ?? new(); } = new();

    /// <summary>Null: it has no volume yet.</summary>
    public string? VolumeName { get; init; }

    public string? StorageClassName { get; init; }

    /// <summary>Filesystem (also when null) or Block.</summary>
    public string? VolumeMode { get; init; }
}

/// <summary>How far a claim or a volume is.</summary>
public sealed record VolumePhase : ModelPart
{
    /// <summary>Of a claim Pending, Bound or Lost; of a volume Pending, Available, Bound, Released or Failed.</summary>
    public string? Phase { get; init; }
}
