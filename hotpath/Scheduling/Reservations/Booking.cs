using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Reservations are admitted and called off.</summary>
internal static class Booking
{
    /// <summary>Starts tried for a suggestion, as long as they are <see cref="MaxLooks"/> at the fit nodes in all.</summary>
    public const int MaxStarts = 256;

    /// <summary>Nodes looked at for a suggestion: a refusal must stay one of milliseconds.</summary>
    private const int MaxLooks = 1 << 21;

    public static Reply Reserve(ClusterState state, ReserveCommand command, long now)
    {
        var (request, book) = (command.Request, state.Reservations);
        if ((ReservationProblems.Of(request) ?? Demand.ActorProblem(command.Actor)) is { } form)
            return Reply.Invalid(form);
        // Before the times are looked at: a request that is sent again may have started by now.
        if (book.Find(request.Id) is { } known)
        {
            return known.Request == request ? new Reply(Outcome.Unchanged, -1, 0, false, known)
                : command.Replace ? Replace(state, command, known, now)
                : Reply.Of(Outcome.AlreadyExists, $"Id: reservation {request.Id} is '{known.Request.Name}' and differs; cancel it, or choose another id.");
        }
        return Admit(state, command, now);
    }
    /// <summary>The old one gives its nodes and its quota back while the new one is judged.</summary>
    private static Reply Replace(ClusterState state, ReserveCommand command, Reservation old, long now)
    {
        if (!old.IsOver && old.Start <= now)
            return Reply.Of(Outcome.Conflict, $"Id: reservation {old.Id} has begun and does not change; cancel it, or choose another id.");
        Bookkeeping.Lift(state, old);
        var reply = Admit(state, command, now);
        if (reply.Outcome != Outcome.Done)
            Bookkeeping.Return(state, old);
        return reply;
    }

    private static Reply Admit(ClusterState state, ReserveCommand command, long now)
    {
        var (request, book) = (command.Request, state.Reservations);
        if (!state.Tenancy.Admits(request.Project))
            return Reply.Of(Outcome.NotFound, $"Project: the policy has no project {request.Project}.");
        if ((uint)request.Group >= (uint)state.Nodes.Groups.Length)
            return Reply.Of(Outcome.NotFound, $"Group: there is no machine group {request.Group}.");
        var (gpus, whole) = Fitness.WholeNodes(state.Nodes, request.Group);
        if (ReservationProblems.Of(request, whole, state.Tenancy.Policy.Reservations.HorizonDays, now) is { } problem)
            return Reply.Invalid(problem);
        if (book.Live.Count >= ReservationBook.MaxLive)
            return Reply.Of(Outcome.Conflict, new ReservationConflict($"Id: the calendar holds no more than {ReservationBook.MaxLive} reservations.", 0, 0));
        var search = new BlockSearch(state, request, gpus);
        var (free, paid) = (search.Most(request.Start, request.End, []), BlockQuota.NodesLeft(state, request, gpus, request.Start, request.End));
        if (request.NodeCount > Math.Min(free, paid))
            return Reply.Of(Outcome.Conflict, Conflict(state, request, search, gpus, free, paid, now));
        var nodes = search.Choose(request.Start, request.End, request.NodeCount, [], now);
        return Reply.Of(Outcome.Done, Bookkeeping.Enter(state, request, command.Actor, gpus, nodes));
    }

    public static Reply Cancel(ClusterState state, CancelReservationCommand command)
    {
        if (Demand.ActorProblem(command.Actor) is { } problem)
            return Reply.Invalid(problem);
        if (state.Reservations.Find(command.Id) is not { } reservation)
            return Reply.Of(Outcome.NotFound, $"Id: there is no reservation {command.Id}.");
        if (reservation.IsOver)
            return new Reply(Outcome.Unchanged, -1, 0, false, reservation);
        Bookkeeping.Close(state, reservation, ReservationState.Cancelled);
        return Reply.Of(Outcome.Done, state.Reservations.Find(command.Id));
    }

    private static ReservationConflict Conflict(
        ClusterState state, ReservationRequest request, BlockSearch search, int gpus, int free, int paid, long now)
    {
        var reason = free < request.NodeCount
            ? $"NodeCount: of the {request.NodeCount} nodes {free} are free at that time{(request.Topology == Gangs.TopologyMode.Hard ? " in one domain" : "")}."
            : $"Project: its Reserved quota covers {paid} of the {request.NodeCount} nodes at that time.";
        var (start, until) = EarliestStart(state, request, search, gpus, now);
        return new ReservationConflict(reason, Math.Min(free, paid), start, until);
    }

    // Nodes and quota only become free where a reservation ends, so nothing before the next end can be better than now.
    private static (long Start, long TriedUntil) EarliestStart(ClusterState state, ReservationRequest request, BlockSearch search, int gpus, long now)
    {
        var length = request.End - request.Start;
        var latest = now + state.Tenancy.Policy.Reservations.HorizonDays * ReservationProblems.MillisecondsOfDay - length;
        var (starts, last) = (Math.Clamp(MaxLooks / Math.Max(1, search.FitNodes), 1, MaxStarts), 0L);
        foreach (var start in state.Reservations.Live.Values.Select(r => r.End).Where(end => end > request.Start && end <= latest).Distinct().Order())
        {
            if (starts-- == 0)
                return (0, last);
            if (BlockQuota.NodesLeft(state, request, gpus, start, start + length) >= request.NodeCount
                && search.Most(start, start + length, []) >= request.NodeCount)
                return (start, 0);
            last = start;
        }
        return (0, 0);
    }
}
