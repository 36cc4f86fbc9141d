using System.Collections.Immutable;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Keeps the book and the blocks of the nodes in step.</summary>
internal static class Bookkeeping
{
    public static Reservation Enter(ClusterState state, ReservationRequest request, string actor, int gpusPerNode, ImmutableArray<int> nodes)
    {
        var number = state.Reservations.Counters.Numbers + 1;
        var reservation = new Reservation(request, actor, number, ReservationState.Scheduled, gpusPerNode, nodes, 0);
        Block(state, reservation.Block, [], nodes);
        Set(state, state.Reservations with { Live = state.Reservations.Live.Add(request.Id, reservation) }, number);
        return reservation;
    }

    public static void Change(ClusterState state, Reservation before, Reservation after)
    {
        if (before == after)
            return;
        Block(state, after.Block, before.Nodes, after.Nodes);
        state.Reservations = state.Reservations with { Live = state.Reservations.Live.SetItem(after.Id, after) };
    }

    /// <summary>Takes a reservation, over or not, out of the book as if it had never been, until <see cref="Return"/> or for good.</summary>
    public static void Lift(ClusterState state, Reservation reservation)
    {
        var book = state.Reservations;
        if (!reservation.IsOver)
            Block(state, reservation.Block, reservation.Nodes, []);
        Set(state, reservation.IsOver ? book with { Over = book.Over.Remove(reservation.Number) } : book with { Live = book.Live.Remove(reservation.Id) }, book.Counters.Numbers);
    }

    public static void Return(ClusterState state, Reservation reservation)
    {
        var book = state.Reservations;
        if (!reservation.IsOver)
            Block(state, reservation.Block, [], reservation.Nodes);
        Set(state, reservation.IsOver ? book with { Over = book.Over.Add(reservation.Number, reservation) } : book with { Live = book.Live.Add(reservation.Id, reservation) }, book.Counters.Numbers);
    }

    /// <summary>The reservation is over: its block is lifted.</summary>
    public static void Close(ClusterState state, Reservation reservation, ReservationState over)
    {
        var (book, number) = (state.Reservations, state.Reservations.Counters.Numbers + 1);
        Block(state, reservation.Block, reservation.Nodes, []);
        var closed = book.Over.Add(number, reservation with { State = over, Number = number });
        if (closed.Count > ReservationBook.MaxOver)
            closed = closed.Remove(closed.Keys.First());
        Set(state, book with { Live = book.Live.Remove(reservation.Id), Over = closed }, number);
    }

    public static void SetHolds(ClusterState state, ImmutableArray<Hold> holds)
    {
        var before = state.Reservations.Holds;
        if (before.SequenceEqual(holds))
            return;
        foreach (var hold in before)
        {
            if (!holds.Contains(hold))
                Block(state, hold.Block, hold.Nodes, []);
        }
        foreach (var hold in holds)
        {
            if (!before.Contains(hold))
                Block(state, hold.Block, [], hold.Nodes);
        }
        Set(state, state.Reservations with { Holds = holds }, state.Reservations.Counters.Numbers);
    }

    /// <param name="turn">See <see cref="BookCounters"/>.</param>
    public static void Planned(ClusterState state, long now, JobKey turn)
        => state.Reservations = state.Reservations with { Counters = state.Reservations.Counters with { PlannedAt = now, Turn = turn } };

    /// <summary>The node leaves the cluster, and its index may become another node's.</summary>
    public static void NodeRemoved(ClusterState state, int node)
    {
        if (state.Blocks.Of(node).IsEmpty)
            return;
        foreach (var reservation in state.Reservations.OfNode(node))
        {
            var left = reservation.Nodes.Remove(node);
            Change(state, reservation, reservation with { Nodes = left, Short = reservation.Request.NodeCount - Fitness.Count(state, reservation, left) });
        }
        // A job whose nodes no longer suffice gets others when holds are thought about next.
        SetHolds(state, [.. state.Reservations.Holds.Where(h => h.Nodes.BinarySearch(node) < 0)]);
    }

    /// <summary>Blocks the nodes of a restored book.</summary>
    public static void Restore(ClusterState state, ReservationBook book)
    {
        state.Reservations = book;
        foreach (var (_, reservation) in book.Live)
            Block(state, reservation.Block, [], reservation.Nodes);
        foreach (var hold in book.Holds)
            Block(state, hold.Block, [], hold.Nodes);
    }

    private static void Set(ClusterState state, ReservationBook book, long number)
    {
        var counters = book.Counters with { Numbers = number, Reservations = book.Live.Count + book.Over.Count, Holds = book.Holds.Length };
        state.Reservations = book with { Counters = counters };
    }

    private static void Block(ClusterState state, in Block block, ImmutableArray<int> before, ImmutableArray<int> after)
    {
        foreach (var node in before)
        {
            if (after.BinarySearch(node) < 0)
                state.Blocks.Remove(state.Nodes, node, block);
        }
        foreach (var node in after)
        {
            if (before.BinarySearch(node) < 0)
                state.Blocks.Add(state.Nodes, node, block);
        }
    }
}
