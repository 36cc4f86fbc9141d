using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>Workloads that were told to go and have not gone.</summary>
internal sealed class DeparturesPart(Departures departures) : ImagePart
{
    public Departures Departures => departures;

    public override ulong Key => KeyOf(ImageTable.Departures, 0);

    public override object Identity => departures;

    public override void Write(ref CommandWriter writer)
    {
        foreach (var departure in departures.All)
        {
            WorkloadRows.Write(ref writer, departure.Row);
            writer.Byte((byte)departure.Reason);
            writer.UInt64(departure.For.Id);
            writer.String(departure.For.Name);
            writer.String(departure.For.Actor);
            writer.Int64(departure.Since);
            writer.Int64(departure.ToldAt);
        }
    }

    /// <summary>Reads the part into the state; the workloads that have a place are there already.</summary>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(ClusterState state, ReadOnlySpan<byte> bytes)
    {
        var departures = state.Departures;
        for (var reader = new CommandReader(bytes); !reader.AtEnd;)
        {
            var row = WorkloadRows.Read(ref reader, state, "departure", departures.Count);
            var (reason, beneficiary) = ((EvictionReason)reader.Byte(), new Beneficiary(reader.UInt64(), reader.String(), reader.String()));
            Damage.If(
                row.AssumedUntil != 0 || row.Set != -1 || reason > EvictionReason.ReservationStarts || departures.Has(row.Id)
                || departures.Count == Departures.Max || state.Workloads.TryFind(row.Id, out _), "departure", departures.Count);
            departures.Set(new Departure(row, reason, beneficiary, reader.Int64(), reader.Int64()));
        }
    }
}
