namespace Pipeline.Scheduling.Repair;

/// <summary>Everything the engine knows about faults and repairs.</summary>
public sealed record RepairState
{
    public static RepairState Empty { get; } = new();
}
