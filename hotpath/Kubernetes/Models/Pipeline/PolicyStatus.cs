namespace Pipeline.Kubernetes.Models;

/// <summary>Whether an object of the policy is in force.</summary>
public sealed record PolicyStatus : ModelPart
{
    /// <summary>
    /// Type of the condition: True when the object is in force, False with what is wrong when it is not; what was in force before then
    /// stays.
    /// </summary>
    public const string Accepted = "Accepted";

    /// <summary>Generation of the spec that the conditions are about.</summary>
    public long? ObservedGeneration { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];
}
