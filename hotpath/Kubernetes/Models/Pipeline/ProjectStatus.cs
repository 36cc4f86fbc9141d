namespace Pipeline.Kubernetes.Models;

/// <summary>Whether a project is in force, and what it uses. Amounts are GPUs as people write them.</summary>
public sealed record ProjectStatus : ModelPart
{
    /// <summary>Generation of the spec that the conditions are about.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>See <see cref="PolicyStatus.Accepted"/>.</summary>
    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];

    /// <summary>In use, of all kinds.</summary>
    public string? Gpus { get; init; }

    /// <summary>Of these, what others have reserved and leave idle.</summary>
    public string? Borrowed { get; init; }

    /// <summary>In use of what is guaranteed, and what is guaranteed, such as <c>8/64</c>.</summary>
    public string? Reserved { get; init; }

    /// <summary>Where it uses GPUs, or has a quota that is neither 0 nor unlimited.</summary>
    public IReadOnlyList<ProjectUsage> Usage { get; init => field = value ?? []; } = [];
}

/// <summary>GPUs of one machine group and kind of use.</summary>
public sealed record ProjectUsage : ModelPart
{
    /// <summary>Machine group.</summary>
    public string Group { get; init => field = value ?? ""; } = "";

    /// <summary>reserved, on-demand, borrowed or spot.</summary>
    public string Kind { get; init => field = value ?? ""; } = "";

    public string Used { get; init => field = value ?? ""; } = "";

    /// <summary>Null: what is borrowed has none of its own.</summary>
    public string? Quota { get; init; }
}
