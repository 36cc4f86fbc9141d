using System.Collections.Immutable;

namespace Pipeline.Scheduling.Reservations;

/// <summary>The calendar that everybody can see, and the holds. Immutable, so a snapshot is a reference.</summary>
public sealed record ReservationBook
{
    /// <summary>Reservations that are not over; more are turned away, so that a sweep stays short.</summary>
    public const int MaxLive = 1_024;

    /// <summary>Reservations that are over and not yet forgotten.</summary>
    public const int MaxOver = 1_000;

    public static ReservationBook Empty { get; } = new();

    /// <summary>Those that are not over, by id.</summary>
    public ImmutableSortedDictionary<ulong, Reservation> Live { get; init; } = ImmutableSortedDictionary<ulong, Reservation>.Empty;

    /// <summary>The last that are over, in the order in which they came to their end.</summary>
    public ImmutableSortedDictionary<long, Reservation> Over { get; init; } = ImmutableSortedDictionary<long, Reservation>.Empty;

    /// <summary>Nodes that wait with jobs of the queue, the oldest hold first.</summary>
    public ImmutableArray<Hold> Holds { get; init; } = [];

    internal BookCounters Counters { get; init; } = new(0, 0, 0, 0, default);

    /// <summary>The reservation, over or not; null when there is none or it is forgotten.</summary>
    public Reservation? Find(ulong id)
    {
        if (Live.TryGetValue(id, out var live))
            return live;
        foreach (var (_, over) in Over)
        {
            if (over.Id == id)
                return over;
        }
        return null;
    }

    /// <summary>Those that are not over, the first to start first; of several, the lowest id.</summary>
    public IReadOnlyList<Reservation> ByStart() => [.. Live.Values.OrderBy(r => r.Start).ThenBy(r => r.Id)];

    /// <summary>Those that have the node in their block, the first to start first.</summary>
    /// <param name="node">Node index.</param>
    public IReadOnlyList<Reservation> OfNode(int node) => [.. ByStart().Where(r => r.Nodes.BinarySearch(node) >= 0)];

    /// <summary>A hold or a reservation that is not over has the node: it is out of ordinary placement.</summary>
    /// <param name="node">Node index.</param>
    public bool IsBlocked(int node)
        => Live.Values.Any(r => r.Nodes.BinarySearch(node) >= 0) || Holds.Any(h => h.Nodes.BinarySearch(node) >= 0);
}

/// <summary>What the book's other parts do not say by themselves, and how many of them there must be.</summary>
/// <param name="Numbers">The last number given to a reservation.</param>
/// <param name="PlannedAt">Unix milliseconds at which holds were last thought about.</param>
/// <param name="Reservations">Reservations, over or not.</param>
/// <param name="Turn">The job of the queue after which the estimates for holds go on next time; default: with the first.</param>
internal sealed record BookCounters(long Numbers, long PlannedAt, int Reservations, int Holds, JobKey Turn);
