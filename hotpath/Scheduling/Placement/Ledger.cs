using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Keeps workloads, what nodes and projects have in use, and gangs and services in step.</summary>
internal static class Ledger
{
    /// <summary>Returns the workload's slot.</summary>
    public static int Enter(ClusterState state, in WorkloadRow row)
    {
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        var slot = workloads.Add(row, nodes.FirstWorkload(row.Node));
        nodes.SetFirstWorkload(row.Node, slot);
        nodes.Take(row);
        state.Tenancy.Use(row.Traits.Project, row.Group, row.Kind, row.Milli, state.Now);
        if (row.Set >= 0)
            workloads.Join(state.Sets, slot);
        return slot;
    }

    public static void Strike(ClusterState state, int slot)
    {
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        ref readonly var row = ref workloads[slot];
        if (row.Set >= 0)
            workloads.Quit(state.Sets, slot);
        nodes.Give(row);
        state.Tenancy.Use(row.Traits.Project, row.Group, row.Kind, -row.Milli, state.Now);
        var node = row.Node;
        var first = workloads.Remove(slot);
        if (first != WorkloadTable.SameFirst)
            nodes.SetFirstWorkload(node, first);
    }

    public static void StrikeAllOf(ClusterState state, int node)
    {
        while (state.Nodes.FirstWorkload(node) is >= 0 and var slot)
            Strike(state, slot);
    }
}
