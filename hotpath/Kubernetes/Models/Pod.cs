using System.Text.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>core/v1 Pod.</summary>
public sealed record Pod : KubernetesObject
{
    public PodSpec Spec { get; init => field = value ?? new(); } = new();

    public PodStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record PodSpec : ModelPart
{
    public IReadOnlyList<Container> Containers { get; init => field = value ?? []; } = [];

    public IReadOnlyList<Container> InitContainers { get; init => field = value ?? []; } = [];

    /// <summary>Of all containers together: what is named here goes before their sum (KEP-2837).</summary>
    public ResourceRequirements Resources { get; init => field = value ?? new(); } = new();

    /// <summary>Devices that somebody allocates to the pod before it is bound.</summary>
    public IReadOnlyList<PodResourceClaim> ResourceClaims { get; init => field = value ?? []; } = [];

    /// <summary>What the runtime class needs beside the containers.</summary>
    public IReadOnlyDictionary<string, Quantity> Overhead { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;

    /// <summary>Null: not bound.</summary>
    public string? NodeName { get; init; }

    public string? SchedulerName { get; init; }

    /// <summary>Set by the server from the class.</summary>
    public int? Priority { get; init; }

    public string? PriorityClassName { get; init; }

    /// <summary>PreemptLowerPriority or Never.</summary>
    public string? PreemptionPolicy { get; init; }

    public IReadOnlyDictionary<string, string> NodeSelector { get; init => field = value ?? Empty.Texts; } = Empty.Texts;

    /// <summary>As the server sends it.</summary>
    public JsonElement? Affinity { get; init; }

    public IReadOnlyList<TopologySpreadConstraint> TopologySpreadConstraints { get; init => field = value ?? []; } = [];

    public IReadOnlyList<Toleration> Tolerations { get; init => field = value ?? []; } = [];

    public IReadOnlyList<PodVolume> Volumes { get; init => field = value ?? []; } = [];

    /// <summary>The pod may not be scheduled while there is one.</summary>
    public IReadOnlyList<PodSchedulingGate> SchedulingGates { get; init => field = value ?? []; } = [];

    /// <summary>Seconds.</summary>
    public long? TerminationGracePeriodSeconds { get; init; }
}

public sealed record Container : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";

    public string? Image { get; init; }

    /// <summary>Always: an init container that keeps running beside the others (a sidecar).</summary>
    public string? RestartPolicy { get; init; }

    public IReadOnlyList<ContainerPort> Ports { get; init => field = value ?? []; } = [];

    public ResourceRequirements Resources { get; init => field = value ?? new(); } = new();
}

public sealed record ContainerPort : ModelPart
{
    /// <summary>0: none of the host's.</summary>
    public int HostPort { get; init; }

    /// <summary>Of the host; null: all of its addresses.</summary>
    public string? HostIP { get; init; }

    /// <summary>TCP (also when null), UDP or SCTP.</summary>
    public string? Protocol { get; init; }
}

/// <summary>A term of <see cref="PodSpec.Affinity"/> that is about other pods.</summary>
public sealed record PodAffinityTerm : ModelPart
{
    /// <summary>Null: no pod.</summary>
    public LabelSelector? LabelSelector { get; init; }

    /// <summary>Label of nodes.</summary>
    public string TopologyKey { get; init => field = value ?? ""; } = "";

    /// <summary>Empty, without a <see cref="NamespaceSelector"/>: that of the pod.</summary>
    public IReadOnlyList<string> Namespaces { get; init => field = value ?? []; } = [];

    /// <summary>More of them, by their labels; one without terms selects all.</summary>
    public LabelSelector? NamespaceSelector { get; init; }
}

public sealed record TopologySpreadConstraint : ModelPart
{
    public int MaxSkew { get; init; }

    /// <summary>Label of nodes.</summary>
    public string TopologyKey { get; init => field = value ?? ""; } = "";

    /// <summary>Null: no pod.</summary>
    public LabelSelector? LabelSelector { get; init; }

    /// <summary>Labels of which the pods that are counted have the same value as the pod.</summary>
    public IReadOnlyList<string> MatchLabelKeys { get; init => field = value ?? []; } = [];

    /// <summary>With fewer domains than this the least counts as 0. Null: 1.</summary>
    public int? MinDomains { get; init; }

    /// <summary>Honor (also when null) or Ignore: whether nodes that the pod does not select count.</summary>
    public string? NodeAffinityPolicy { get; init; }

    /// <summary>Honor or Ignore (also when null): whether nodes whose taints the pod does not tolerate are left out.</summary>
    public string? NodeTaintsPolicy { get; init; }

    /// <summary>DoNotSchedule (also when null) or ScheduleAnyway.</summary>
    public string? WhenUnsatisfiable { get; init; }
}

public sealed record ResourceRequirements : ModelPart
{
    public IReadOnlyDictionary<string, Quantity> Requests { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;

    public IReadOnlyDictionary<string, Quantity> Limits { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;
}

public sealed record PodResourceClaim : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";
}

public sealed record Toleration : ModelPart
{
    /// <summary>Null, with the operator Exists: every key.</summary>
    public string? Key { get; init; }

    /// <summary>Equal (also when null) or Exists.</summary>
    public string? Operator { get; init; }

    public string? Value { get; init; }

    /// <summary>Null: every effect.</summary>
    public string? Effect { get; init; }

    public long? TolerationSeconds { get; init; }
}

/// <summary>A volume of a pod; those that no claim stands for have nothing but a name here.</summary>
public sealed record PodVolume : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";

    public PodVolumeClaim? PersistentVolumeClaim { get; init; }

    /// <summary>Not null: the claim is made for the pod, is its own and is called <c>pod-volume</c>.</summary>
    public EphemeralVolume? Ephemeral { get; init; }
}

public sealed record PodVolumeClaim : ModelPart
{
    /// <summary>In the pod's namespace.</summary>
    public string ClaimName { get; init => field = value ?? ""; } = "";
}

public sealed record EphemeralVolume : ModelPart;

public sealed record PodSchedulingGate : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";
}

public sealed record PodStatus : ModelPart
{
    /// <summary>Pending, Running, Succeeded, Failed or Unknown.</summary>
    public string? Phase { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];

    /// <summary>The node for which a preemption makes room.</summary>
    public string? NominatedNodeName { get; init; }

    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; init => field = value ?? []; } = [];

    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; init => field = value ?? []; } = [];

    public DateTimeOffset? StartTime { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

public sealed record ContainerStatus : ModelPart
{
    public string Name { get; init => field = value ?? ""; } = "";

    public ContainerState State { get; init => field = value ?? new(); } = new();

    /// <summary>What it runs with, while <see cref="Container.Resources"/> may ask for something else already (KEP-1287).</summary>
    public ResourceRequirements Resources { get; init => field = value ?? new(); } = new();

    /// <summary>What its node keeps for it.</summary>
    public IReadOnlyDictionary<string, Quantity> AllocatedResources { get; init => field = value ?? Empty.Quantities; } = Empty.Quantities;
}

public sealed record ContainerState : ModelPart
{
    /// <summary>Null: it has not ended.</summary>
    public ContainerEnd? Terminated { get; init; }
}

public sealed record ContainerEnd : ModelPart
{
    public int ExitCode { get; init; }

    public string? Reason { get; init; }

    /// <summary>What it left in its terminationMessagePath.</summary>
    public string? Message { get; init; }
}
