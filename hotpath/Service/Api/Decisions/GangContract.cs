using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Engine = Pipeline.Scheduling.Gangs;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Placements of gangs.</summary>
internal static class GangContract
{
    /// <exception cref="RequestRefusedException">A name stands for nothing, or the request contradicts itself.</exception>
    public static PlaceGangCommand ToEngine(this PlaceGangRequest request, PolicyNames names)
    {
        Text.RequireAll(request);
        var gang = new Engine.GangSpec(
            request.Gang, request.Name, request.Traits.ToEngine(names), request.MinMembers, request.Topology.ToEngine("topology"), request.HighestTier,
            [.. request.Roles.Select(role => ToEngine(role, names))]);
        return new PlaceGangCommand { Gang = gang, Wait = request.Wait, MayPreempt = request.MayPreempt, Actor = request.Actor };
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static PlaceGangReply ToGangReply(this in Reply reply)
    {
        var answer = new PlaceGangReply { Outcome = PlaceContract.OutcomeOf(reply), Detail = reply.Detail as string ?? "" };
        if (reply.Detail is not Engine.GangPlacement placement)
            return answer;
        (answer.Waiting, answer.Nominated) = (placement.Waiting, placement.Nominated);
        answer.Seats.Capacity = placement.Seats.Length;
        foreach (var seat in placement.Seats)
            answer.Seats.Add(new Seat { Workload = seat.Workload, Node = seat.Node, GpuMask = seat.Gpus });
        if (placement.Evictions is { } evictions)
            answer.Victims.Add(evictions);
        return answer;
    }

    public static ReleaseGangReply ToReleaseGangReply(this in Reply reply) => new() { Released = reply.Outcome == Outcome.Done };

    private static Engine.GangRole ToEngine(GangRole role, PolicyNames names) => new(
        role.Name, role.Shape.ToEngine(names, $"roles[{Refusals.Short(role.Name)}].shape"), [.. role.Members], role.SubgroupSize, role.SubgroupTier);
}
