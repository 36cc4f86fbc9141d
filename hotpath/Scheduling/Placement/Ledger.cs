using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Keeps workloads and what nodes have in use in step.</summary>
internal static class Ledger
{
    public static void Enter(ClusterState state, in WorkloadRow row)
    {
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        nodes.SetFirstWorkload(row.Node, workloads.Add(row, nodes.FirstWorkload(row.Node)));
        nodes.Take(row.Node, row.Gpus, row.GpuMilli, row.Cpu, row.Memory);
    }

    public static void Strike(ClusterState state, int slot)
    {
        var (nodes, workloads) = (state.Nodes, state.Workloads);
        var node = workloads.NodeOf(slot);
        nodes.Give(node, workloads.GpusOf(slot), workloads.GpuMilliOf(slot), workloads.CpuOf(slot), workloads.MemoryOf(slot));
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
