namespace Pipeline.Scheduling.Reservations.Estimates;

/// <summary>What changes on a node at a time to come. At one time what frees goes before what closes.</summary>
internal enum StartEventKind : byte
{
    /// <summary>A workload ends.</summary>
    End = 0,

    /// <summary>The node is open to the job again.</summary>
    Open = 1,

    /// <summary>The job would run into a time of others if it began from here on.</summary>
    Close = 2,
}

/// <param name="At">Unix milliseconds.</param>
/// <param name="Forecast">Index of the node among those looked at.</param>
/// <param name="Slot">The workload that ends, or -1.</param>
internal readonly record struct StartEvent(long At, StartEventKind Kind, int Forecast, int Slot) : IComparable<StartEvent>
{
    public int CompareTo(StartEvent other) => (At, Kind, Forecast, Slot).CompareTo((other.At, other.Kind, other.Forecast, other.Slot));
}
