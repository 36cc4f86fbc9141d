using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>
/// All or nothing: members get their places in one decision, and when too few do, none keeps its own. The tightest domain that can
/// hold the gang is tried first (<see cref="DomainSearch"/>), in it those leaves that keep the gang on the fewest.
/// </summary>
internal static class GangPlacer
{
    public static Reply Place(ClusterState state, PlaceGangCommand command, long now, EffectBuffer effects)
    {
        var gang = command.Gang;
        if (GangProblems.Of(gang) is { } problem)
            return Reply.Invalid(problem);
        if (Demand.ActorProblem(command.Actor) is { } actor)
            return Reply.Invalid(actor);
        if (GangProblems.Of(command) is { } clash)
            return Reply.Invalid(clash);
        foreach (var role in gang.Roles)
        {
            if (!Entry.IsAllowed(state, role.Shape.Groups, gang.Traits))
                return Entry.Refusal(state, role.Shape.Groups, gang.Traits);
        }
        if (!IsRepeat(state, gang))
            return Repeats.Refusal("Gang", gang.Id);
        // A new gang does not overtake those that wait; one that grows keeps its turn.
        var behind = command.Wait && state.Pending.Count > 0 && !state.Sets.TryFind(SetKind.Gang, gang.Id, out _)
            && !state.Pending.TryFindGang(gang.Id, out _);
        var reply = behind ? Collect(state, gang) ?? Reply.Of(Outcome.NoFit)
            : Seat(state, gang, GangNodes.Of(command), command.Actor, command.MayPreempt && !command.InTurn, now, effects);
        if (reply.Outcome == Outcome.Done)
            Entry.NoteUrgent(state, gang.Id, gang.Name, gang.Traits, command.Actor, effects);
        // Who is not in this description does not wait any more: with all of it placed, it leaves the queue.
        if (reply.Detail is GangPlacement && state.Pending.TryFindGang(gang.Id, out var waiting))
        {
            state.Pending.Remove(waiting);
            reply = reply with { Changed = true };
        }
        return reply.Outcome is Outcome.NoFit or Outcome.OverQuota && command.Wait
            ? Waiting.Enqueue(state, new PendingJob(0, gang.Id, gang.Name, gang.Traits, gang.Roles[0].Shape, gang, command.MayPreempt, command.Actor, now) { InTurn = command.InTurn }, command.Selections, reply, effects)
            : reply;
    }

    public static Reply Release(ClusterState state, ReleaseGangCommand command)
    {
        var queued = state.Pending.TryFindGang(command.Gang, out var waiting);
        if (queued)
            state.Pending.Remove(waiting);
        if (command.QueuedOnly || !state.Sets.TryFind(SetKind.Gang, command.Gang, out var set))
            return Reply.Of(queued ? Outcome.Done : Outcome.NotFound);
        for (var count = state.Sets[set].Count; count > 0; count--)
            Ledger.Strike(state, state.Sets[set].First);
        return Reply.Of(Outcome.Done);
    }

    /// <summary>
    /// Places the members that have no place yet, on what is free or else on what others give up. Unless the outcome is
    /// <see cref="Outcome.Done"/>, changes nothing but the description of a gang that lacks no member.
    /// </summary>
    public static Reply Seat(
        ClusterState state, GangSpec gang, GangNodes? candidates, string actor, bool mayPreempt, long now, EffectBuffer effects)
    {
        var reply = SeatFree(state, gang, candidates, now);
        if (reply.Outcome == Outcome.NoFit && mayPreempt)
            reply = Preempting.SeatGang(state, gang, candidates, actor, now, effects) ?? reply;
        if (reply.Outcome == Outcome.Done)
            Learn(state, gang);
        return reply.Outcome == Outcome.Unchanged && Describe(state, gang) ? reply with { Changed = true } : reply;
    }

    /// <summary>Of a gang that lacks no member any more, how many it needs may be another number than before.</summary>
    /// <returns>False when it was described the same before.</returns>
    private static bool Describe(ClusterState state, GangSpec gang)
    {
        if (state.Sets.TryFind(SetKind.Gang, gang.Id, out var set) && state.Sets[set].Gang is { } known
            && SameBytes.Of(known, gang, static (ref CommandWriter writer, GangSpec gang) => gang.Write(ref writer)))
            return false;
        state.Sets.Ensure(SetKind.Gang, gang.Id, gang);
        return true;
    }

    private static Reply SeatFree(ClusterState state, GangSpec gang, GangNodes? candidates, long now)
    {
        if (Collect(state, gang) is { } conflict)
            return conflict;
        if (state.Gangs.Missing.Count == 0)
            return Reply.Of(Outcome.Unchanged, PlacementOf(state, gang));
        if (!state.Workloads.HasRoomFor(state.Gangs.Missing.Count))
            return Placer.ModelIsFull();
        var groups = GroupsOf(state, gang);
        if (groups.IsEmpty)
            return Reply.Of(Outcome.NoFit);
        state.Blocks.Lend(state.Nodes, gang.Traits, new JobKey(gang.Id, IsGang: true), now);
        var reply = SeatIn(state, gang, candidates, groups, fewestFirst: false, now);
        if (reply.Outcome != Outcome.Done && gang.IsChoosable)
            reply = SeatSmallest(state, gang, candidates, groups, now) ?? reply;
        state.Blocks.TakeBack(state.Nodes);
        return reply;
    }

    /// <summary>
    /// Large members that were entered first may have taken the nodes or the quota of small ones of which enough would have a place. Null: not even
    /// the smallest have the quota.
    /// </summary>
    private static Reply? SeatSmallest(ClusterState state, GangSpec gang, GangNodes? candidates, GroupSet groups, long now)
    {
        state.Gangs.PutSmallestFirst(gang);
        var reply = SeatIn(state, gang, candidates, groups, fewestFirst: true, now);
        state.Gangs.PutBack();
        return reply.Outcome == Outcome.OverQuota ? null : reply;
    }

    private static Reply SeatIn(ClusterState state, GangSpec gang, GangNodes? candidates, GroupSet groups, bool fewestFirst, long now)
    {
        var (mix, within) = (state.Tenancy.Policy.Gangs.MixGroups, false);
        for (; !groups.IsEmpty; groups = mix ? GroupSet.None : groups.Without(groups.First))
        {
            var group = mix ? DomainCounts.AnyGroup : groups.First;
            if (!(fewestFirst ? GangQuota.IsEnoughForFewest(state, gang, group) : GangQuota.IsEnough(state, gang, group)))
                continue;
            within = true;
            var attempt = new GangTry(state, gang, candidates, group, fewestFirst, now);
            // Where the other order was in vain there may be no room at all, which is told at less cost than that of a try.
            if ((!fewestFirst || GangRoom.IsIn(attempt, TopologyTree.Root)) && TryDomains(attempt))
                return Reply.Of(Outcome.Done, Settle(state, gang));
        }
        return Reply.Of(within ? Outcome.NoFit : Outcome.OverQuota);
    }

    /// <summary>Counts the members that were placed just now into the mix of what is asked for.</summary>
    private static void Learn(ClusterState state, GangSpec gang)
    {
        foreach (var (role, _, workload) in state.Gangs.Missing)
        {
            if (state.Workloads.TryFind(workload, out _))
                state.Nodes.Learn(gang.Roles[role].Shape);
        }
    }

    /// <summary>Members that would have a place if the gang were placed now; 0 when it would not be. Leaves the state as it was, to the last bit.</summary>
    public static int WouldSeat(ClusterState state, GangSpec gang, GangNodes? nodes, long now)
    {
        var known = state.Sets.TryFind(SetKind.Gang, gang.Id, out var set);
        var before = known ? state.Sets[set].Gang : null;
        var meter = state.Tenancy.Meters[gang.Traits.Project];
        if (SeatFree(state, gang, nodes, now) is not { Outcome: Outcome.Done, Detail: GangPlacement placement })
            return 0;
        var entered = state.Gangs.Entered;
        for (var at = entered.Count - 1; at >= 0; at--)
            Ledger.Strike(state, entered[at]);
        state.Tenancy.Meters.Restore(gang.Traits.Project, meter);
        if (known)
            state.Sets.Change(set, state.Sets[set] with { Gang = before });
        return placement.Seats.Length;
    }

    /// <summary>Where the placed members of the gang are.</summary>
    public static GangPlacement PlacementOf(ClusterState state, GangSpec gang)
    {
        var (seats, nominated) = (ImmutableArray.CreateBuilder<GangSeat>(gang.Members), false);
        foreach (var role in gang.Roles)
        {
            foreach (var member in role.Members)
            {
                if (!state.Workloads.TryFind(member, out var slot))
                    continue;
                ref readonly var row = ref state.Workloads[slot];
                seats.Add(new GangSeat(member, row.Node, state.Nodes.NameOf(row.Node), row.Gpus));
                nominated |= row.AssumedUntil != 0 && !state.Departures.IsClear(row.Node);
            }
        }
        var waiting = gang.Members - seats.Count;
        return new GangPlacement(gang.Id, seats.DrainToImmutable(), waiting) { Nominated = nominated };
    }

    private static bool IsRepeat(ClusterState state, GangSpec gang)
        => (!state.Sets.TryFind(SetKind.Gang, gang.Id, out var set) || state.Sets[set].Gang is not { } placed || Repeats.Match(placed, gang))
        && (!state.Pending.TryFindGang(gang.Id, out var waiting) || Repeats.Match(state.Pending[waiting].Gang!, gang));

    private static bool TryDomains(GangTry attempt)
    {
        var (nodes, gang) = (attempt.State.Nodes, attempt.Gang);
        // Sub-groups bind a gang to domains even where the gang as a whole may be anywhere.
        var grouped = HasSubgroups(gang);
        if (gang.Topology == TopologyMode.None)
            return grouped ? attempt.In(TopologyTree.Root) : attempt.Anywhere();
        var highest = gang.Topology == TopologyMode.Hard ? gang.HighestTier : TopologyTree.MaxTier;
        if (nodes.Domains is { } domains)
        {
            var occupied = CollectionsMarshal.AsSpan(attempt.State.Gangs.Occupied);
            if (occupied.Length > 0 ? TryAround(attempt, occupied, highest) : DomainTries.Succeed(attempt, domains, highest))
                return true;
        }
        return gang.Topology == TopologyMode.Soft && (grouped ? attempt.In(TopologyTree.Root) : attempt.Anywhere());
    }

    private static bool HasSubgroups(GangSpec gang)
    {
        foreach (var role in gang.Roles)
        {
            if (role.SubgroupSize > 0)
                return true;
        }
        return false;
    }

    // Members that come later must share a domain with those that are there: the nearest one first. A leaf that has fewer members
    // than the others has most likely lost some.
    private static bool TryAround(GangTry attempt, Span<int> occupied, int highest)
    {
        var tree = attempt.State.Nodes.Topology;
        var common = tree.LowestCommonDomain(occupied);
        if (tree.TierOf(common) > highest && attempt.Gang.Topology == TopologyMode.Hard)
            return false;
        occupied.Sort();
        for (var members = 1; members <= occupied.Length; members++)
        {
            for (int first = 0, end; first < occupied.Length; first = end)
            {
                for (end = first + 1; end < occupied.Length && occupied[end] == occupied[first];)
                    end++;
                if (end - first == members && occupied[first] != TopologyTree.Root && attempt.In(occupied[first]))
                    return true;
            }
        }
        foreach (var domain in tree.NearToFar(common, highest))
        {
            if (domain != TopologyTree.Root && attempt.In(domain))
                return true;
        }
        return false;
    }

    /// <summary>All that get a place now have it.</summary>
    public static GangPlacement Settle(ClusterState state, GangSpec gang)
    {
        state.Sets.Ensure(SetKind.Gang, gang.Id, gang);
        return PlacementOf(state, gang);
    }

    /// <summary>Finds out who has a place already; not null when a member has one elsewhere, or waits for one.</summary>
    private static Reply? Collect(ClusterState state, GangSpec gang)
    {
        var scratch = state.Gangs;
        scratch.Missing.Clear();
        scratch.Occupied.Clear();
        scratch.TriedInVain = 0;
        var known = state.Sets.TryFind(SetKind.Gang, gang.Id, out var set);
        var apart = gang.IsApart;
        if (apart)
            scratch.Mates.Begin(state, known ? set : -1);
        for (var role = 0; role < gang.Roles.Length; role++)
        {
            var members = gang.Roles[role].Members;
            for (var index = 0; index < members.Length; index++)
            {
                var member = members[index];
                if (state.Departures.Has(member))
                    return Reply.Of(Outcome.Conflict, $"Roles: workload {member} was told to go and has not gone; release it or name another.");
                if (state.Pending.TryFindWorkload(member, out _))
                    return Reply.Of(Outcome.Conflict, $"Roles: workload {member} waits by itself; release it or name another.");
                if (!state.Workloads.TryFind(member, out var slot))
                    scratch.Missing.Add((role, index, member));
                else if (!known || state.Workloads[slot].Set != set)
                    return Reply.Of(Outcome.Conflict, $"Roles: workload {member} has a place that is not this gang's; release it or name another.");
                else if (apart)
                    scratch.Mates.Add(slot, role, state.Workloads[slot].Node);
            }
        }
        for (var slot = known ? state.Sets[set].First : -1; slot >= 0; slot = state.Workloads.NextInSet(slot))
            scratch.Occupied.Add(state.Nodes.DomainOf(state.Workloads[slot].Node));
        return null;
    }

    /// <summary>Machine groups that every member with GPUs accepts, and that exist; one that such members are on already is the only one.</summary>
    public static GroupSet GroupsOf(ClusterState state, GangSpec gang)
    {
        var known = state.Nodes.Groups.Length;
        var groups = known >= NodeTable.MaxGroups ? GroupSet.Any : new GroupSet((1UL << known) - 1);
        foreach (var role in gang.Roles)
        {
            if (role.Shape.GpuCount > 0 || gang.Roles.Length == 1)
                groups = new GroupSet(groups.Bits & role.Shape.Groups.Bits);
        }
        if (state.Tenancy.Policy.Gangs.MixGroups || !state.Sets.TryFind(SetKind.Gang, gang.Id, out var set))
            return groups;
        // One without GPUs may be on a node of any group.
        var member = state.Sets[set].First;
        while (member >= 0 && state.Workloads[member].Gpus == 0)
            member = state.Workloads.NextInSet(member);
        return member < 0 ? groups : new GroupSet(groups.Bits & GroupSet.Of(state.Workloads[member].Group).Bits);
    }
}
