using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Where a reservation stands. The sweep moves it on; its times hold whether or not the sweep is late.</summary>
public enum ReservationState : byte
{
    None = 0,

    /// <summary>Its block is kept for it: others may use it only when they end before the start.</summary>
    Scheduled = 1,

    /// <summary>What runs on the block and would not end by itself before the start has been told to go.</summary>
    Draining = 2,

    /// <summary>The block is its own.</summary>
    Active = 3,

    /// <summary>Its time is over; what it still runs goes on as ordinary workloads.</summary>
    Ended = 4,

    /// <summary>Called off; what it runs goes on as ordinary workloads.</summary>
    Cancelled = 5,
}

/// <summary>An admitted reservation. Immutable.</summary>
/// <param name="Actor">Who asked for it, may be empty.</param>
/// <param name="Number">Grows with every reservation that is admitted, and again with every one that is over.</param>
/// <param name="GpusPerNode">GPUs of a whole node of the group when it was admitted.</param>
/// <param name="Nodes">Node indices of the block, ascending; fewer than asked for when nodes left and none could replace them.</param>
/// <param name="Short">Nodes of the block that are missing or unfit.</param>
public sealed record Reservation(
    ReservationRequest Request, string Actor, long Number, ReservationState State, int GpusPerNode, ImmutableArray<int> Nodes, int Short)
{
    public ulong Id => Request.Id;

    public long Start => Request.Start;

    public long End => Request.End;

    public bool IsOver => State >= ReservationState.Ended;

    /// <summary>Milli-GPU of the whole block, which the project's quota pays for.</summary>
    public long Milli => (long)Request.NodeCount * GpusPerNode * NodeTable.WholeGpu;

    internal Block Block => new(Start, End, Id, Request.Project, BlockKind.Reservation);

    internal void Write(ref CommandWriter writer)
    {
        Request.Write(ref writer);
        writer.String(Actor);
        writer.Int64(Number);
        writer.Byte((byte)State);
        writer.Int32(GpusPerNode);
        NodeList.Write(ref writer, Nodes);
        writer.Int32(Short);
    }

    internal static Reservation Read(ref CommandReader reader) => new(
        ReservationRequest.Read(ref reader), reader.String(), reader.Int64(), (ReservationState)reader.Byte(), reader.Int32(),
        NodeList.Read(ref reader), reader.Int32());
}
