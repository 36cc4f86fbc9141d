using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;
using Engine = Pipeline.Scheduling.Reservations;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Blocks of nodes for a time to come.</summary>
internal static class ReservationContract
{
    /// <summary>
    /// Bytes of a page, beyond which another begins. A quarter of what a client takes by default, so that one block of a whole large cluster
    /// on top still fits.
    /// </summary>
    private const int MostBytes = 1 << 20;

    /// <exception cref="RequestRefusedException">A name stands for nothing.</exception>
    public static ReserveCommand ToEngine(this ReserveRequest request, PolicyNames names)
    {
        Text.RequireAll(request);
        return new ReserveCommand
        {
            Request = new Engine.ReservationRequest(
                request.Reservation, request.Name, names.ProjectOf(request.Project, "project"), names.GroupOf(request.Group, "group"), request.Nodes,
                request.StartMs, request.EndMs, request.Topology.ToEngine("topology"), request.HighestTier),
            Actor = request.Actor,
            Replace = request.Replace,
        };
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static ReserveReply ToReserveReply(this in Reply reply, ClusterSnapshot snapshot)
    {
        Refusals.ThrowIfRefused(reply, FieldNames.Reservation);
        return new ReserveReply { Reservation = ((Engine.Reservation)reply.Detail!).ToContract(snapshot) };
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static CancelReservationReply ToCancelReply(this in Reply reply)
    {
        Refusals.ThrowIfRefused(reply, FieldNames.Reservation);
        return new CancelReservationReply { Cancelled = reply.Outcome == Outcome.Done };
    }

    /// <exception cref="RequestRefusedException">The times contradict each other, or the token is none of ours.</exception>
    public static ListReservationsReply List(ListReservationsRequest request, ClusterSnapshot snapshot)
    {
        if (request.FromMs < 0)
            throw RequestRefusedException.InvalidArgument("from_ms", $"{request.FromMs} is less than 0");
        if (request.ToMs != 0 && request.ToMs <= request.FromMs)
            throw RequestRefusedException.InvalidArgument("to_ms", $"{request.ToMs} is not after from_ms, {request.FromMs}");
        var (from, to) = (request.FromMs, request.ToMs == 0 ? long.MaxValue : request.ToMs);
        var (after, limit) = (PositionOf(request.Continue), request.Limit > 0 ? request.Limit : int.MaxValue);
        var (book, reply, bytes) = (snapshot.Reservations, new ListReservationsReply(), 0);
        foreach (var reservation in book.Live.Values.Concat(book.Over.Values)
            .Where(reservation => reservation.End > from && reservation.Start < to && (reservation.Start, reservation.Id).CompareTo(after) > 0)
            .OrderBy(reservation => (reservation.Start, reservation.Id)))
        {
            if (reply.Reservations.Count == limit || bytes >= MostBytes)
            {
                reply.Continue = string.Create(CultureInfo.InvariantCulture, $"{reply.Reservations[^1].StartMs}-{reply.Reservations[^1].Id}");
                break;
            }

            reply.Reservations.Add(reservation.ToContract(snapshot));
            bytes += reply.Reservations[^1].CalculateSize();
        }

        return reply;
    }

    /// <summary>Start and id of the last one given; the token says both.</summary>
    private static (long Start, ulong Id) PositionOf(string token)
    {
        if (token.Length == 0)
            return (long.MinValue, 0);
        var (dash, id) = (token.IndexOf('-', StringComparison.Ordinal), 0UL);
        return dash > 0 && long.TryParse(token.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            && ulong.TryParse(token.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out id)
            ? (start, id) : throw RequestRefusedException.InvalidArgument("continue", $"{Refusals.Quote(token)} is no token of this list");
    }

    private static Reservation ToContract(this Engine.Reservation reservation, ClusterSnapshot snapshot)
    {
        var message = new Reservation
        {
            Id = reservation.Id,
            Name = reservation.Request.Name,
            Project = snapshot.Projects[reservation.Request.Project],
            Group = snapshot.Groups[reservation.Request.Group],
            StartMs = reservation.Start,
            EndMs = reservation.End,
            State = reservation.State.ToString().ToLowerInvariant(),
            ShortOf = reservation.Short,
        };
        foreach (var index in reservation.Nodes)
        {
            if (snapshot.TryGetNode(index, out var node))
                message.Nodes.Add(node.Name);
        }

        return message;
    }
}
