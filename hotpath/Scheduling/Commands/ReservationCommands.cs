using Pipeline.Scheduling.Reservations;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// Admits a block of nodes for a time to come, against quota and capacity. Answers with the <see cref="Reservation"/>; a conflict with a
/// <see cref="ReservationConflict"/>, which says what to ask for instead; one with an id that another reservation has is
/// <see cref="Outcome.AlreadyExists"/>.
/// </summary>
public sealed class ReserveCommand : Command
{
    public required ReservationRequest Request { get; init; }

    /// <summary>Who asks, for the audit; may be empty.</summary>
    public string Actor { get; init; } = "";

    /// <summary>
    /// A reservation with the id that differs makes way, unless it has begun: if the new one is refused, the old one stays as it was.
    /// </summary>
    public bool Replace { get; init; }

    public override CommandKind Kind => CommandKind.Reserve;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        Request.Write(ref writer);
        writer.String(Actor);
        writer.Bool(Replace);
    }

    internal static ReserveCommand Read(ref CommandReader reader)
        => new() { Request = ReservationRequest.Read(ref reader), Actor = reader.String(), Replace = reader.Bool() };
}

/// <summary>Calls a reservation off, or ends it early. What runs on its block stays there.</summary>
public sealed class CancelReservationCommand : Command
{
    /// <summary>Reservation id.</summary>
    public ulong Id { get; init; }

    /// <summary>Who asks, for the audit; may be empty.</summary>
    public string Actor { get; init; } = "";

    public override CommandKind Kind => CommandKind.CancelReservation;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.UInt64(Id);
        writer.String(Actor);
    }

    internal static CancelReservationCommand Read(ref CommandReader reader) => new() { Id = reader.UInt64(), Actor = reader.String() };
}
