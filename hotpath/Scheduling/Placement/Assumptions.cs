using System.Numerics;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Placement;

/// <summary>How places end that no bind has confirmed.</summary>
internal static class Assumptions
{
    /// <summary>Ends those whose time is up.</summary>
    /// <param name="renewed">Of how many the time was set anew, since others have yet to leave.</param>
    /// <returns>How many ended.</returns>
    public static int Expire(ClusterState state, long now, EffectBuffer effects, out int renewed)
    {
        var workloads = state.Workloads;
        // Members run out together, and what is left of their gang without them does not change as they go.
        // Nor do they wait for who goes with one of them: which of one deadline comes first, a restored state does not know.
        var (expired, kept, departures) = (0, -1, state.Departures.Current);
        renewed = 0;
        while (workloads.FirstAssumed is >= 0 and var slot && workloads[slot].AssumedUntil <= now)
        {
            var set = workloads[slot].Set;
            if (!Departing.IsClear(state, slot, departures))
            {
                Departing.Renew(state, slot, now);
                renewed++;
            }
            else if (set != kept && HalfStarted.IsLeftBy(state, slot, now))
            {
                expired += HalfStarted.Dissolve(state, set, now, effects);
            }
            else
            {
                kept = set;
                End(state, slot, effects);
                expired++;
            }
        }
        return expired;
    }

    /// <summary>Ends those on the node, the newest first, that what the cluster itself has placed there leaves no room for.</summary>
    /// <param name="gpus">GPUs that it has taken.</param>
    public static void Yield(ClusterState state, int node, uint gpus, EffectBuffer effects)
    {
        for (int slot = state.Nodes.FirstWorkload(node), next; slot >= 0; slot = next)
        {
            next = state.Workloads.NextOnNode(slot);
            ref readonly var row = ref state.Workloads[slot];
            if (row.AssumedUntil != 0 && Lacks(state.Nodes, node, row, gpus))
                End(state, slot, effects);
        }
    }

    private static bool Lacks(NodeTable nodes, int node, in WorkloadRow row, uint gpus)
    {
        for (var rest = gpus & row.Gpus; rest != 0; rest &= rest - 1)
        {
            if (nodes.GpuUsed(node, BitOperations.TrailingZeroCount(rest)) > NodeTable.WholeGpu)
                return true;
        }
        return nodes.WorkloadsLeft(node) < 0 || (row.Cpu > 0 && nodes.CpuLeft(node) < 0) || (row.Memory > 0 && nodes.MemoryLeft(node) < 0);
    }

    private static void End(ClusterState state, int slot, EffectBuffer effects)
    {
        effects.Add(new Effect.AssumptionExpired(state.Workloads[slot].Node, state.Workloads[slot].Id));
        Ledger.Strike(state, slot);
    }
}
