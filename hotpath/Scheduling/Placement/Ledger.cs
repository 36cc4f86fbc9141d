using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Keeps workloads and what nodes have in use in step.</summary>
internal static class Ledger
{
    public static void Enter(ClusterState state, in WorkloadRow row)
    {
        var nodes = state.Nodes;
        nodes.SetFirstWorkload(row.Node, state.Workloads.Add(row, nodes.FirstWorkload(row.Node)));
        nodes.Take(row);
    }

    public static void Strike(ClusterState state, int slot)
    {
        var row = state.Workloads[slot];
        var first = state.Workloads.Remove(slot);
        if (first != WorkloadTable.SameFirst)
            state.Nodes.SetFirstWorkload(row.Node, first);
        state.Nodes.Give(row);
    }

    public static void StrikeAllOf(ClusterState state, int node)
    {
        while (state.Nodes.FirstWorkload(node) is >= 0 and var slot)
            Strike(state, slot);
    }
}
