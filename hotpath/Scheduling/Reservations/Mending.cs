using System.Collections.Immutable;
using Pipeline.Scheduling.Gangs;

namespace Pipeline.Scheduling.Reservations;

/// <summary>
/// Replaces nodes of a block that fell ill or left. A node that has no replacement stays in the block, since it may recover;
/// <see cref="Reservation.Short"/> says how many nodes are wanting.
/// </summary>
internal static class Mending
{
    /// <summary>Whether every node of the block is fit.</summary>
    public static bool IsWhole(ClusterState state, Reservation reservation)
        => Fitness.Count(state, reservation, reservation.Nodes) == reservation.Request.NodeCount;

    /// <summary>The reservation with the best block that there is now.</summary>
    public static Reservation Mend(ClusterState state, Reservation reservation, long now)
    {
        var (request, wanted) = (reservation.Request, reservation.Request.NodeCount);
        var fit = reservation.Nodes.RemoveAll(node => !Fitness.IsFit(state.Nodes, node, request.Group, reservation.GpusPerNode));
        var (start, search) = (Math.Max(now, request.Start), new BlockSearch(state, request, reservation.GpusPerNode));
        var most = Math.Min(wanted, search.Most(start, request.End, fit));
        // Before anybody was told to go the whole block may move to a domain that holds all of it.
        if (most < wanted && request.Topology == TopologyMode.Hard && reservation.State == ReservationState.Scheduled
            && search.Most(start, request.End, []) >= wanted)
            return reservation with { Nodes = search.Choose(start, request.End, wanted, [], now), Short = 0 };
        var nodes = most > fit.Length ? search.Choose(start, request.End, most, fit, now) : fit;
        return reservation with { Nodes = WithRecoverable(state, reservation, nodes), Short = wanted - nodes.Length };
    }

    private static ImmutableArray<int> WithRecoverable(ClusterState state, Reservation reservation, ImmutableArray<int> nodes)
    {
        var block = nodes.ToBuilder();
        foreach (var node in reservation.Nodes)
        {
            if (block.Count < reservation.Request.NodeCount && nodes.BinarySearch(node) < 0
                && Fitness.IsOfKind(state.Nodes, node, reservation.Request.Group, reservation.GpusPerNode))
                block.Add(node);
        }
        block.Sort();
        return block.SequenceEqual(reservation.Nodes) ? reservation.Nodes : block.ToImmutable();
    }
}
