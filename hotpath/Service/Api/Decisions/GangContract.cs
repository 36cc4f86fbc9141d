using System.Collections.Immutable;
using System.Numerics;
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
            ToEngine(request.Roles, names));
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

    private static ImmutableArray<Engine.GangRole> ToEngine(IReadOnlyList<GangRole> roles, PolicyNames names)
    {
        var apart = ApartOf(roles);
        return [.. roles.Select((role, index) => new Engine.GangRole(
            role.Name, role.Shape.ToEngine(names, $"roles[{Refusals.Short(role.Name)}].shape"), [.. role.Members], role.SubgroupSize, role.SubgroupTier)
        {
            Apart = apart[index],
        })];
    }

    /// <summary>See <see cref="Engine.GangRole.Apart"/>. Which one of two roles names the other makes no difference.</summary>
    private static ulong[] ApartOf(IReadOnlyList<GangRole> roles)
    {
        var apart = new ulong[roles.Count];
        // The engine refuses these.
        if (roles.Count > Engine.GangSpec.MaxRoles)
            return apart;
        var named = roles.Index().GroupBy(role => role.Item.Name).ToDictionary(same => same.Key, same => same.Aggregate(0UL, (bits, role) => bits | 1UL << role.Index));
        foreach (var (index, role) in roles.Index())
        {
            foreach (var name in role.ApartFrom)
            {
                if (!named.TryGetValue(name, out var others))
                    throw RequestRefusedException.InvalidArgument($"roles[{Refusals.Short(role.Name)}].apart_from", $"there is no role {Refusals.Quote(name)}");
                apart[index] |= others;
                for (; others != 0; others &= others - 1)
                    apart[BitOperations.TrailingZeroCount(others)] |= 1UL << index;
            }
        }

        return apart;
    }
}
