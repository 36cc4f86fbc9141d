using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Reservations;

/// <summary>The book as parts of a checkpoint image: one for each reservation and each hold, so that only what changed is written.</summary>
internal static class ReservationParts
{
    public static IEnumerable<ImagePart> Of(ReservationBook book)
    {
        yield return new ContentPart<BookCounters>(ImageTable.ReservationCounters, 0, book.Counters, Write);
        foreach (var reservation in book.Live.Values.Concat(book.Over.Values))
            yield return new ContentPart<Reservation>(ImageTable.Reservation, reservation.Number, reservation, static (ref CommandWriter writer, Reservation part) => part.Write(ref writer));
        for (var i = 0; i < book.Holds.Length; i++)
            yield return new ContentPart<Hold>(ImageTable.Hold, i, book.Holds[i], static (ref CommandWriter writer, Hold part) => part.Write(ref writer));
    }

    /// <summary>Enters what the parts say; nodes, workloads and queue are there already.</summary>
    /// <exception cref="InvalidDataException">A part is damaged or missing.</exception>
    public static void Restore(ClusterState state, IReadOnlyList<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        var (live, over, holds) = (ReservationBook.Empty.Live.ToBuilder(), ReservationBook.Empty.Over.ToBuilder(), new SortedDictionary<long, Hold>());
        BookCounters? counters = null;
        foreach (var (key, bytes) in parts)
        {
            var index = ImagePart.IndexOf(key);
            var reader = new CommandReader(bytes.Span);
            switch (ImagePart.TableOf(key))
            {
                case ImageTable.ReservationCounters:
                    counters = ReadCounters(ref reader);
                    break;
                case ImageTable.Reservation:
                    var reservation = Reservation.Read(ref reader);
                    Damage.If(!IsSound(state, reservation, index) || live.ContainsKey(reservation.Id) || over.ContainsKey(index), "reservation", index);
                    if (reservation.IsOver)
                        over.Add(index, reservation);
                    else
                        live.Add(reservation.Id, reservation);
                    break;
                case ImageTable.Hold:
                    var hold = Hold.Read(ref reader);
                    Damage.If(hold.Job == 0 || holds.ContainsKey(index) || !AreSound(state, hold.Nodes), "hold", index);
                    holds.Add(index, hold);
                    break;
                default:
                    continue;
            }
            Damage.If(!reader.AtEnd, "reservation part", (long)key);
        }
        Damage.If(counters is null || counters.Reservations != live.Count + over.Count || counters.Holds != holds.Count, "reservations", 0);
        Bookkeeping.Restore(state, new ReservationBook
        {
            Live = live.ToImmutable(),
            Over = over.ToImmutable(),
            Holds = [.. holds.Values],
            Counters = counters!,
        });
    }

    private static bool IsSound(ClusterState state, Reservation reservation, long number)
        => reservation.Number == number && reservation.State is > ReservationState.None and <= ReservationState.Cancelled
        && ReservationProblems.Of(reservation.Request) is null
        && (uint)reservation.Request.Project < (uint)state.Tenancy.Projects.Length
        && (uint)reservation.Request.Group < (uint)state.Nodes.Groups.Length
        && (reservation.IsOver || AreSound(state, reservation.Nodes));

    private static bool AreSound(ClusterState state, ImmutableArray<int> nodes)
    {
        var last = -1;
        foreach (var node in nodes)
        {
            if (node <= last || !state.Nodes.Exists(node))
                return false;
            last = node;
        }
        return true;
    }

    private static void Write(ref CommandWriter writer, BookCounters counters)
    {
        writer.Int64(counters.Numbers);
        writer.Int64(counters.PlannedAt);
        writer.Int32(counters.Reservations);
        writer.Int32(counters.Holds);
        // Not there, and not known to the version before, as long as every estimate is made at once.
        if (counters.Turn == default)
            return;
        writer.UInt64(counters.Turn.Id);
        writer.Bool(counters.Turn.IsGang);
    }

    private static BookCounters ReadCounters(ref CommandReader reader)
        => new(reader.Int64(), reader.Int64(), reader.Int32(), reader.Int32(), reader.AtEnd ? default : new JobKey(reader.UInt64(), reader.Bool()));
}
