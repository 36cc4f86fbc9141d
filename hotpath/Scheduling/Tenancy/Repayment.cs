using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>
/// What a project has borrowed counts as its own once its quota has room for it: then it is not to be evicted for the lender any more, and
/// others may borrow. Looked for by the sweep and not by releases, which must stay fast; those that run longest come first.
/// </summary>
internal static class Repayment
{
    /// <summary>Workloads looked at in one sweep, about; in a larger cluster each sweep takes another part of the nodes. A decision must stay far below a millisecond.</summary>
    private const int Looked = 16_384;

    /// <returns>True when something counts differently.</returns>
    public static bool Sweep(ClusterState state, long now)
    {
        if (!IsPossible(state))
            return false;
        var slots = Repayable(state, now);
        slots.Sort((a, b) => (state.Workloads[a].StartedAt, state.Workloads[a].Id).CompareTo((state.Workloads[b].StartedAt, state.Workloads[b].Id)));
        var repaid = false;
        foreach (var slot in slots)
            repaid |= Repay(state, slot);
        return repaid;
    }

    /// <summary>Some project has borrowed from a group and has quota left in it.</summary>
    private static bool IsPossible(ClusterState state)
    {
        var usage = state.Tenancy.Usage;
        // Those on nodes without a group borrow of each other too.
        for (var group = 0; group <= NodeTable.NoGroup; group++)
        {
            if (!usage.IsLent(group))
                continue;
            for (var project = 0; project < state.Tenancy.Projects.Length; project++)
            {
                if (usage.Used(project, group, UsageKind.Borrowed) > 0 && QuotaCheck.IsWithin(usage, project, group, UsageKind.OnDemand, 1))
                    return true;
            }
        }
        return false;
    }

    private static List<int> Repayable(ClusterState state, long now)
    {
        var parts = (int)BitOperations.RoundUpToPowerOf2((uint)(state.Workloads.Count / Looked + 1));
        var slots = new List<int>();
        for (var node = (int)Rotation.At(now) & (parts - 1); node < state.Nodes.End; node += parts)
        {
            for (var slot = state.Nodes.Exists(node) ? state.Nodes.FirstWorkload(node) : -1; slot >= 0; slot = state.Workloads.NextOnNode(slot))
            {
                if (MayRepay(state, state.Workloads[slot]))
                    slots.Add(slot);
            }
        }
        return slots;
    }

    private static bool Repay(ClusterState state, int slot)
    {
        ref readonly var row = ref state.Workloads[slot];
        if (!MayRepay(state, row))
            return false;
        var usage = state.Tenancy.Usage;
        usage.Add(row.Traits.Project, row.Group, UsageKind.Borrowed, -row.Milli);
        usage.Add(row.Traits.Project, row.Group, UsageKind.OnDemand, row.Milli);
        state.Workloads.CountAs(slot, UsageKind.OnDemand);
        state.Nodes.Touched.Mark(row.Node);
        if (row.Set >= 0)
            state.Sets.Touched.Mark(row.Set);
        return true;
    }

    private static bool MayRepay(ClusterState state, in WorkloadRow row)
        => row.Kind == UsageKind.Borrowed && QuotaCheck.IsWithin(state.Tenancy.Usage, row.Traits.Project, row.Group, UsageKind.OnDemand, row.Milli);
}
