using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>
/// pipeline.gpu/v1alpha1 NodeRepair: a repair run as operators see it, and what a new leader resumes it from. Named like its run.
/// </summary>
public sealed record NodeRepair : KubernetesObject
{
    public NodeRepairSpec Spec { get; init => field = value ?? new(); } = new();

    [JsonConverter(typeof(NodeRepairStatusConverter))]
    public NodeRepairStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record NodeRepairSpec : ModelPart
{
    public string Node { get; init => field = value ?? ""; } = "";
}

public sealed record NodeRepairStatus : ModelPart
{
    /// <summary>Why nothing of it was read, beginning with the field: the server may take numbers and times that we cannot hold. Null: it was.</summary>
    [JsonIgnore]
    public string? Problem { get; init; }

    /// <summary>Observed to NeedsHardware, as the HTTP API names them; null: not written yet.</summary>
    public string? State { get; init; }

    /// <summary>Class of the playbooks, such as <c>gpu-off-bus</c>.</summary>
    public string? FaultClass { get; init; }

    /// <summary>A worse class that takes over when the attempt in flight has ended; null: none.</summary>
    public string? SupersededBy { get; init; }

    /// <summary>What is done about the fault, as it was when the run took it over: later playbooks do not change a live run.</summary>
    public NodeRepairPlaybook? Playbook { get; init; }

    /// <summary>The same of <see cref="SupersededBy"/>.</summary>
    public NodeRepairPlaybook? NextPlaybook { get; init; }

    /// <summary>Index in the playbook's ladder; -1: before the first step.</summary>
    public int Rung { get; init; }

    /// <summary>Indexes of the faulty GPUs, 0 to 31; empty: the whole node.</summary>
    public IReadOnlyList<int> Gpus { get; init => field = value ?? []; } = [];

    /// <summary>drain to escalate, as the HTTP API names them; null: before the first.</summary>
    public string? Step { get; init; }

    /// <summary>Number of the last attempt, counted from 1 over all steps and never used twice.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts of the current step.</summary>
    public int Tries { get; init; }

    /// <summary>The current attempt was begun and has not ended.</summary>
    public bool Begun { get; init; }

    /// <summary>When the attempt in flight has failed unless it ends before, or when the wait of the state is over; null: never.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The node is out of scheduling in the name of the run.</summary>
    public bool Holds { get; init; }

    /// <summary>An action beyond the drain was begun.</summary>
    public bool Acted { get; init; }

    /// <summary>The node was drained as a whole.</summary>
    public bool Drained { get; init; }

    /// <summary>Code of the last line of the timeline.</summary>
    public string? Reason { get; init; }

    /// <summary>What happened last, for people; at most 4,096 characters.</summary>
    public string? Message { get; init; }

    /// <summary>What the first alert said; at most 4,096 characters.</summary>
    public string? Summary { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>startsAt of the first alert.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Null while the run goes on.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Faults that the run answers for, at most 256.</summary>
    public IReadOnlyList<NodeRepairAlert> Alerts { get; init => field = value ?? []; } = [];

    /// <summary>The newest lines of its story, at most 128.</summary>
    public IReadOnlyList<NodeRepairEntry> Timeline { get; init => field = value ?? []; } = [];

    /// <summary>By sender, at most 16.</summary>
    public IReadOnlyList<NodeRepairTelling> Tellings { get; init => field = value ?? []; } = [];

    /// <summary>Sequence number in the leader's journal up to which this is true; of another leader, it says nothing.</summary>
    public long? Observed { get; init; }
}

/// <summary>Fingerprint and startsAt tell an alert that came before.</summary>
public sealed record NodeRepairAlert : ModelPart
{
    public string Fingerprint { get; init => field = value ?? ""; } = "";

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset StartsAt { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? ReportedAt { get; init; }

    public string? FaultClass { get; init; }

    /// <summary>Empty: the whole node.</summary>
    public IReadOnlyList<int> Gpus { get; init => field = value ?? []; } = [];

    public bool Resolved { get; init; }
}

public sealed record NodeRepairEntry : ModelPart
{
    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset At { get; init; }

    /// <summary>State of the run from here on.</summary>
    public string State { get; init => field = value ?? ""; } = "";

    /// <summary>Null: it concerns none.</summary>
    public string? Step { get; init; }

    /// <summary>Closed code, such as <c>FaultAccepted</c>.</summary>
    public string Reason { get; init => field = value ?? ""; } = "";

    public string? Actor { get; init; }

    /// <summary>For people, at most 1,024 characters.</summary>
    public string? Detail { get; init; }

    /// <summary>0: it concerns none.</summary>
    public int Attempt { get; init; }
}

/// <summary>How far one sender has told the story.</summary>
public sealed record NodeRepairTelling : ModelPart
{
    /// <summary>slack, jira or log.</summary>
    public string Sender { get; init => field = value ?? ""; } = "";

    /// <summary>The sender's own: a thread, an issue key.</summary>
    public string? Reference { get; init; }

    /// <summary>Lines of the timeline, as it is here, that were told.</summary>
    public int Told { get; init; }
}

/// <summary>A fault class. Times in milliseconds.</summary>
public sealed record NodeRepairPlaybook : ModelPart
{
    public string FaultClass { get; init => field = value ?? ""; } = "";

    /// <summary>1 to 100.</summary>
    public int Severity { get; init; }

    /// <summary>Faults within the window before it acts.</summary>
    public int Repeats { get; init; }

    public long WindowMilliseconds { get; init; }

    /// <summary>At most 64.</summary>
    public IReadOnlyList<NodeRepairStep> Ladder { get; init => field = value ?? []; } = [];

    /// <summary>After each action; with 0 tries there is none.</summary>
    public NodeRepairStep? HealthCheck { get; init; }

    public long SoakMilliseconds { get; init; }

    /// <summary>Escalated or NeedsHardware.</summary>
    public string? Ending { get; init; }
}

public sealed record NodeRepairStep : ModelPart
{
    public string? Step { get; init; }

    public long DeadlineMilliseconds { get; init; }

    public int Tries { get; init; }

    /// <summary>False: after an unknown outcome it is not done again.</summary>
    public bool Repeatable { get; init; }

    public bool EscalateOnFailure { get; init; }

    /// <summary>Drain: only workloads on the faulty GPUs.</summary>
    public bool OnlyFaultyGpus { get; init; }
}
