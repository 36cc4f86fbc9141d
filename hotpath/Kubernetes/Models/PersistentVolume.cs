using System.Text.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>core/v1 PersistentVolume.</summary>
public sealed record PersistentVolume : KubernetesObject
{
    public PersistentVolumeSpec Spec { get; init => field = value ?? new(); } = new();

    public VolumePhase Status { get; init => field = value ?? new(); } = new();
}

public sealed record PersistentVolumeSpec : ModelPart
{
    /// <summary><c>storage</c>, in bytes.</summary>
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;

    /// <inheritdoc cref="PersistentVolumeClaimSpec.AccessModes"/>
    public IReadOnlyList<string> AccessModes { get; init => field = value ?? []; } = [];

    /// <summary>The claim that it is for; without a uid, whichever has the name. Null: it is free.</summary>
    public ObjectReference? ClaimRef { get; init; }

    public string? StorageClassName { get; init; }

    /// <inheritdoc cref="PersistentVolumeClaimSpec.VolumeMode"/>
    public string? VolumeMode { get; init; }

    /// <summary>As the server sends it: <c>required</c> is a NodeSelector. Null: it can be attached to every node.</summary>
    public JsonElement? NodeAffinity { get; init; }

    /// <summary>Null: it is of another kind.</summary>
    public CsiVolume? Csi { get; init; }
}

public sealed record CsiVolume : ModelPart
{
    public string Driver { get; init => field = value ?? ""; } = "";

    /// <summary>What the driver calls it.</summary>
    public string VolumeHandle { get; init => field = value ?? ""; } = "";
}
