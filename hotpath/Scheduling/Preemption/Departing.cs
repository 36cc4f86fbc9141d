using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// From when a workload is told to go until the cluster says that it has gone. Whoever got its place may start there only then: a node
/// turns away what asks for GPUs that others still use.
/// </summary>
internal static class Departing
{
    /// <summary>Milliseconds after which a workload that has not gone is told again: what told it may have got lost.</summary>
    private const long Repeat = 60_000;

    /// <summary>Milliseconds after which a workload that the cluster does not let go has its place back. No grace period is as long.</summary>
    private const long GiveUp = 1_800_000;

    /// <summary>Gives the workload's place away and has it told why and for whom it goes.</summary>
    public static void Begin(ClusterState state, int slot, EvictionReason reason, in Beneficiary beneficiary, long now, EffectBuffer effects)
    {
        var row = state.Workloads[slot];
        Displacement.Tell(state, row, reason, beneficiary, effects);
        Ledger.Strike(state, slot);
        state.Departures.Set(new Departure(row with { AssumedUntil = 0, Set = -1 }, reason, beneficiary, now, now));
    }

    /// <summary>The workload has gone: false when it was not told to.</summary>
    public static bool End(ClusterState state, ulong workload, long now, EffectBuffer effects)
    {
        if (state.Departures.Find(workload) is not { } departure)
            return false;
        state.Departures.Remove(departure);
        if (state.Departures.IsClear(departure.Row.Node))
            StartOn(state, departure.Row.Node, now, effects);
        return true;
    }

    /// <summary>The place in the slot is free of those that were told to go, and so are those of the gang's other members.</summary>
    public static bool IsClear(ClusterState state, int slot) => IsClear(state, slot, state.Departures.Current);

    /// <inheritdoc cref="IsClear(ClusterState, int)"/>
    /// <param name="departures">Who was told to go, now or before.</param>
    public static bool IsClear(ClusterState state, int slot, Departures departures)
    {
        ref readonly var row = ref state.Workloads[slot];
        if (departures.Count == 0)
            return true;
        if (!departures.IsClear(row.Node))
            return false;
        for (var member = GangFirst(state, row); member >= 0; member = state.Workloads.NextInSet(member))
        {
            if (state.Workloads[member].AssumedUntil != 0 && !departures.IsClear(state.Workloads[member].Node))
                return false;
        }
        return true;
    }

    /// <summary>The assumption must not end while others have yet to leave.</summary>
    public static void Renew(ClusterState state, int slot, long now) => state.Workloads.AssumeUntil(slot, now + Placer.LongAssumptionLife);

    /// <summary>Tells again who has not gone, and gives up on whom the cluster keeps.</summary>
    /// <returns>True when that changed something.</returns>
    public static bool Sweep(ClusterState state, long now, EffectBuffer effects)
    {
        if (state.Departures.Count == 0)
            return false;
        var due = state.Departures.All.Where(departure => now - departure.ToldAt >= Repeat).ToList();
        foreach (var departure in due)
        {
            // Where the model has no room for it, it stays one that is told to go.
            if (now - departure.Since >= GiveUp && state.Workloads.HasRoomFor(1))
            {
                Return(state, departure, now, effects);
                continue;
            }
            Displacement.Tell(state, departure.Row, departure.Reason, departure.For, effects);
            state.Departures.Set(departure with { ToldAt = now });
        }
        return due.Count > 0;
    }

    /// <summary>Nobody has to leave a node that is no more.</summary>
    public static void NodeRemoved(ClusterState state, int node)
    {
        if (state.Departures.IsClear(node))
            return;
        foreach (var departure in state.Departures.All.Where(departure => departure.Row.Node == node).ToList())
            state.Departures.Remove(departure);
    }

    /// <summary>Gangs with members that wait for others to leave the node. For <see cref="StartRest"/>, once one of them may wait there no longer.</summary>
    public static ulong[] GangsWaitingOn(ClusterState state, int node) => state.Departures.IsClear(node) ? [] : GangsAssumedOn(state, node);

    /// <summary>
    /// Of gangs that wait no longer, the members whose places are free: where the last one that waited has lost its place, or does not wait
    /// for it any more, nobody's going will start the others.
    /// </summary>
    public static void StartRest(ClusterState state, ReadOnlySpan<ulong> gangs, long now, EffectBuffer effects)
    {
        foreach (var gang in gangs)
            StartRestOf(state, gang, now, effects);
    }

    private static void StartRestOf(ClusterState state, ulong gang, long now, EffectBuffer effects)
    {
        if (!state.Sets.TryFind(SetKind.Gang, gang, out var set) || state.Sets[set].Count < state.Sets[set].Gang?.Needed)
            return;
        var member = state.Sets[set].First;
        while (member >= 0 && state.Workloads[member].AssumedUntil == 0)
            member = state.Workloads.NextInSet(member);
        if (member >= 0 && IsClear(state, member))
            StartMembers(state, state.Sets[set].First, now, effects);
    }

    private static ulong[] GangsAssumedOn(ClusterState state, int node)
    {
        var gangs = new List<ulong>();
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            ref readonly var row = ref state.Workloads[slot];
            if (row.AssumedUntil != 0 && GangFirst(state, row) >= 0 && !gangs.Contains(state.Sets[row.Set].Id))
                gangs.Add(state.Sets[row.Set].Id);
        }
        return [.. gangs];
    }

    private static int GangFirst(ClusterState state, in WorkloadRow row)
        => row.Set >= 0 && state.Sets[row.Set].Kind == SetKind.Gang ? state.Sets[row.Set].First : -1;

    private static void StartOn(ClusterState state, int node, long now, EffectBuffer effects)
    {
        var gangs = new HashSet<int>();
        for (var slot = state.Nodes.FirstWorkload(node); slot >= 0; slot = state.Workloads.NextOnNode(slot))
        {
            if (state.Workloads[slot].AssumedUntil == 0 || !IsClear(state, slot))
                continue;
            var member = GangFirst(state, state.Workloads[slot]);
            if (member < 0)
                Start(state, slot, now, effects);
            else if (!gangs.Add(state.Workloads[slot].Set))
                continue;
            StartMembers(state, member, now, effects);
        }
    }

    private static void StartMembers(ClusterState state, int member, long now, EffectBuffer effects)
    {
        for (; member >= 0; member = state.Workloads.NextInSet(member))
        {
            if (state.Workloads[member].AssumedUntil != 0)
                Start(state, member, now, effects);
        }
    }

    private static void Start(ClusterState state, int slot, long now, EffectBuffer effects)
    {
        Renew(state, slot, now);
        ref readonly var row = ref state.Workloads[slot];
        effects.Add(new Effect.Placed(row.Node, state.Nodes.NameOf(row.Node), row.Id, row.Gpus));
    }

    /// <summary>Whoever waited for the place must ask again.</summary>
    private static void Return(ClusterState state, Departure departure, long now, EffectBuffer effects)
    {
        var row = departure.Row;
        var gangs = GangsWaitingOn(state, row.Node);
        state.Departures.Remove(departure);
        state.Budgets.Released(row.Id);
        var set = row.Traits.Service == 0 ? -1 : state.Sets.Ensure(SetKind.Service, row.Traits.Service, null);
        Ledger.Enter(state, row with { Set = set });
        Assumptions.Yield(state, row.Node, row.Gpus, effects);
        if (state.Departures.IsClear(row.Node))
            StartOn(state, row.Node, now, effects);
        StartRest(state, [.. gangs.Except(GangsAssumedOn(state, row.Node))], now, effects);
    }
}
