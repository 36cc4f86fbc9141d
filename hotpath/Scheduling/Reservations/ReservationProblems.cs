using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Says what is wrong with a request, by the name of the field; null when nothing is.</summary>
internal static class ReservationProblems
{
    public const long MillisecondsOfDay = 86_400_000;

    /// <summary>What is wrong whatever the state of the cluster.</summary>
    public static string? Of(ReservationRequest request)
    {
        if (request.Id == 0)
            return "Id: 0 is no id.";
        if (Demand.NameProblem(request.Name) is { } name)
            return name;
        if (request.NodeCount < 1)
            return $"NodeCount: {request.NodeCount} is less than 1.";
        if (request.End <= request.Start)
            return $"End: {request.End} is not after the start, {request.Start}.";
        if (request.Topology > TopologyMode.Hard)
            return $"Topology: there is no mode {(byte)request.Topology}.";
        return request.HighestTier is < 0 or > TopologyTree.MaxTier
            ? $"HighestTier: {request.HighestTier} is not between 0 and {TopologyTree.MaxTier}."
            : null;
    }

    /// <summary>What is wrong now.</summary>
    /// <param name="wholeNodes">Whole nodes that the group has.</param>
    public static string? Of(ReservationRequest request, int wholeNodes, int horizonDays, long now)
    {
        if (request.Start < now)
            return $"Start: {request.Start} is past; it is {now}.";
        if (request.End > now + horizonDays * MillisecondsOfDay)
            return $"End: {request.End} is more than {horizonDays} days ahead (reservations.horizonDays).";
        return request.NodeCount > wholeNodes ? $"NodeCount: {request.NodeCount} are more than the {wholeNodes} whole nodes of the group." : null;
    }
}
