using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Repair;

/// <summary>Everything the engine knows about faults and repairs. Immutable, so a snapshot is a reference.</summary>
public sealed record RepairState
{
    public static RepairState Empty { get; } = new();

    /// <summary>The parts of the checkpoint image that hold this state.</summary>
    public IEnumerable<ImagePart> Parts() => [];

    /// <summary>The state from the parts that <see cref="Parts"/> gave; parts of other tables are skipped.</summary>
    /// <exception cref="InvalidDataException">A part is damaged.</exception>
    public static RepairState Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts) => Empty;
}
