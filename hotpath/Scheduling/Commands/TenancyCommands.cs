using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Commands;

/// <summary>Replaces the scheduling policy. What runs stays; what waits is judged by the new one.</summary>
public sealed class SetSchedulingPolicyCommand : Command
{
    public required SchedulingPolicy Policy { get; init; }

    public override CommandKind Kind => CommandKind.SetSchedulingPolicy;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer) => SchedulingPolicyCodec.Write(ref writer, Policy);

    internal static SetSchedulingPolicyCommand Read(ref CommandReader reader) => new() { Policy = SchedulingPolicyCodec.Read(ref reader) };
}

/// <summary>A workload has saved its work: less is lost when it is evicted.</summary>
public sealed class ReportCheckpointCommand : Command
{
    public ulong Workload { get; init; }

    /// <summary>Seconds since then; range 0 to <see cref="WorkloadTraits.MaxSeconds"/>.</summary>
    public int AgeSeconds { get; init; }

    public override CommandKind Kind => CommandKind.ReportCheckpoint;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.UInt64(Workload);
        writer.Int32(AgeSeconds);
    }

    internal static ReportCheckpointCommand Read(ref CommandReader reader) => new() { Workload = reader.UInt64(), AgeSeconds = reader.Int32() };
}

/// <summary>What was measured of a project's GPUs since the last report.</summary>
public sealed class ReportUtilizationCommand : Command
{
    /// <summary>GPU-seconds in a report at most: a year of a million GPUs.</summary>
    public const long MaxSeconds = 1_000_000L * WorkloadTraits.MaxSeconds;

    /// <summary>Project index.</summary>
    public int Project { get; init; }

    /// <summary>GPU-seconds that were measured.</summary>
    public long GpuSeconds { get; init; }

    /// <summary>Those of them in which the GPU was busy.</summary>
    public long BusySeconds { get; init; }

    public override CommandKind Kind => CommandKind.ReportUtilization;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.Int32(Project);
        writer.Int64(GpuSeconds);
        writer.Int64(BusySeconds);
    }

    internal static ReportUtilizationCommand Read(ref CommandReader reader)
        => new() { Project = reader.Int32(), GpuSeconds = reader.Int64(), BusySeconds = reader.Int64() };
}
