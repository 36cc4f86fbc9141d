namespace Pipeline.Kubernetes.Models;

/// <summary>storage.k8s.io/v1 CSINode: what the drivers of CSI volumes say of the node that has the same name.</summary>
public sealed record CsiNode : KubernetesObject
{
    public CsiNodeSpec Spec { get; init => field = value ?? new(); } = new();
}

public sealed record CsiNodeSpec : ModelPart
{
    public IReadOnlyList<CsiNodeDriver> Drivers { get; init => field = value ?? []; } = [];
}

public sealed record CsiNodeDriver : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";

    public CsiNodeAllocatable Allocatable { get; init => field = value ?? new(); } = new();
}

public sealed record CsiNodeAllocatable : ModelPart
{
    /// <summary>Volumes of the driver that the node can attach. Null: any number.</summary>
    public int? Count { get; init; }
}
