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

    /// <exception cref="RequestRefusedException">The times contradict each other.</exception>
    public static ListReservationsReply List(ListReservationsRequest request, ClusterSnapshot snapshot)
    {
        if (request.FromMs < 0)
            throw RequestRefusedException.InvalidArgument("from_ms", $"{request.FromMs} is less than 0");
        if (request.ToMs != 0 && request.ToMs <= request.FromMs)
            throw RequestRefusedException.InvalidArgument("to_ms", $"{request.ToMs} is not after from_ms, {request.FromMs}");
        var (from, to) = (request.FromMs, request.ToMs == 0 ? long.MaxValue : request.ToMs);
        var book = snapshot.Reservations;
        var reply = new ListReservationsReply();
        reply.Reservations.AddRange(book.Live.Values.Concat(book.Over.Values)
            .Where(reservation => reservation.End > from && reservation.Start < to)
            .OrderBy(reservation => reservation.Start).ThenBy(reservation => reservation.Id)
            .Select(reservation => reservation.ToContract(snapshot)));
        return reply;
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
