namespace Pipeline.Kubernetes.Models;

/// <summary>core/v1 Node.</summary>
public sealed record Node : KubernetesObject
{
    public NodeSpec Spec { get; init => field = value ?? new(); } = new();

    public NodeStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record NodeSpec : ModelPart
{
    /// <summary>The machine as the cloud knows it, <c>provider://…</c>.</summary>
    public string? ProviderID { get; init; }

    /// <summary>Cordoned.</summary>
    public bool Unschedulable { get; init; }

    public IReadOnlyList<Taint> Taints { get; init => field = value ?? []; } = [];
}

public sealed record Taint : ModelPart
{
    public string Key { get; init => field = value ?? ""; } = "";

    public string? Value { get; init; }

    /// <summary>NoSchedule, PreferNoSchedule or NoExecute.</summary>
    public string Effect { get; init => field = value ?? ""; } = "";

    public DateTimeOffset? TimeAdded { get; init; }
}

public sealed record NodeStatus : ModelPart
{
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;

    /// <summary>The capacity without what the machine keeps for itself.</summary>
    public IReadOnlyDictionary<string, Quantity> Allocatable { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;

    public IReadOnlyList<NodeCondition> Conditions { get; init => field = value ?? []; } = [];

    public NodeInfo? NodeInfo { get; init; }

    public IReadOnlyList<NodeAddress> Addresses { get; init => field = value ?? []; } = [];
}

public sealed record NodeInfo : ModelPart
{
    /// <summary>Another one after every boot.</summary>
    public string? BootID { get; init; }
}

public sealed record NodeCondition : ModelPart
{
    /// <summary>Such as Ready.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>True, False or Unknown.</summary>
    public string Status { get; init => field = value ?? ""; } = "";

    public DateTimeOffset? LastHeartbeatTime { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

public sealed record NodeAddress : ModelPart
{
    /// <summary>Such as InternalIP or Hostname.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    public string Address { get; init => field = value ?? ""; } = "";
}
