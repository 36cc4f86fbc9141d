using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>What a workload is, beside the resources that it asks for.</summary>
public readonly record struct WorkloadTraits()
{
    /// <summary>Project index; 0 is the project that stands for none.</summary>
    public int Project { get; init; }

    public Provisioning Provisioning { get; init; } = Provisioning.OnDemand;

    public Category Category { get; init; }

    public Purpose Purpose { get; init; }

    /// <summary>Ahead of the queue; needs the project's permission.</summary>
    public bool Urgent { get; init; }

    /// <summary>Expected run time in seconds; 0: not known. Range 0 to <see cref="MaxSeconds"/>.</summary>
    public int ExpectedSeconds { get; init; }

    /// <summary>Seconds from an eviction until the workload is again where it was at its checkpoint; default 0. Range 0 to <see cref="MaxSeconds"/>.</summary>
    public int RestartSeconds { get; init; }

    /// <summary>Disruption budget index (answer of <see cref="SetBudgetCommand"/>), or <see cref="NoBudget"/>.</summary>
    public int Budget { get; init; } = NoBudget;

    /// <summary>Serving: the service whose replicas are spread, 0 for none.</summary>
    public ulong Service { get; init; }

    /// <summary>Reservation whose block the workload may use, 0 for none.</summary>
    public ulong Reservation { get; init; }

    public const int NoBudget = -1;

    /// <summary>A year: longer is a wrong unit, and products with it fit 64 bits.</summary>
    public const int MaxSeconds = 366 * 86_400;

    internal void Write(ref CommandWriter writer)
    {
        writer.Int32(Project);
        writer.Byte((byte)Provisioning);
        writer.Byte((byte)Category);
        writer.Byte((byte)Purpose);
        writer.Bool(Urgent);
        writer.Int32(ExpectedSeconds);
        writer.Int32(RestartSeconds);
        writer.Int32(Budget);
        writer.UInt64(Service);
        writer.UInt64(Reservation);
    }

    /// <summary>As <see cref="Write"/>, in as few bytes as the numbers need.</summary>
    internal void WriteShort(ref CommandWriter writer)
    {
        writer.Varint((uint)Project);
        writer.Byte((byte)Provisioning);
        writer.Byte((byte)Category);
        writer.Byte((byte)Purpose);
        writer.Bool(Urgent);
        writer.Varint((uint)ExpectedSeconds);
        writer.Varint((uint)RestartSeconds);
        // No budget is one byte as well.
        writer.Varint((uint)(Budget - NoBudget));
        writer.Varint(Service);
        writer.Varint(Reservation);
    }

    internal static WorkloadTraits ReadShort(ref CommandReader reader) => new()
    {
        Project = reader.Varint32(),
        Provisioning = (Provisioning)reader.Byte(),
        Category = (Category)reader.Byte(),
        Purpose = (Purpose)reader.Byte(),
        Urgent = reader.Bool(),
        ExpectedSeconds = reader.Varint32(),
        RestartSeconds = reader.Varint32(),
        Budget = reader.Varint32() + NoBudget,
        Service = reader.Varint(),
        Reservation = reader.Varint(),
    };

    internal static WorkloadTraits Read(ref CommandReader reader) => new()
    {
        Project = reader.Int32(),
        Provisioning = (Provisioning)reader.Byte(),
        Category = (Category)reader.Byte(),
        Purpose = (Purpose)reader.Byte(),
        Urgent = reader.Bool(),
        ExpectedSeconds = reader.Int32(),
        RestartSeconds = reader.Int32(),
        Budget = reader.Int32(),
        Service = reader.UInt64(),
        Reservation = reader.UInt64(),
    };
}
