using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable picture of the model after a batch. Readers share it freely; nothing in it changes any more.</summary>
public sealed class ClusterSnapshot(long sequence, long at, RepairState repair)
{
    /// <summary>Sequence number of the last command that it holds.</summary>
    public long Sequence { get; } = sequence;

    /// <summary>Time of that command, Unix milliseconds.</summary>
    public long At { get; } = at;

    public RepairState Repair { get; } = repair;
}
