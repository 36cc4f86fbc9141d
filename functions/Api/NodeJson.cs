using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <param name="Health">Healthy, Quarantined, Cordoned or Unreachable.</param>
/// <param name="Leaf">Leaf switch.</param>
/// <param name="CordonOwner">Id of the run that holds the node, <c>person</c> for a foreign cordon, empty when schedulable.</param>
/// <param name="WorkloadCount">Workloads on the node.</param>
/// <param name="MaxWorkloads">How many it takes at most, however small; null: as many as fit.</param>
public sealed record NodeJson(
    string Name, string Health, IReadOnlyList<GpuJson> Gpus, CpuJson Cpu, MemoryJson Memory, string Group, int Leaf, string CordonOwner,
    int WorkloadCount, int? MaxWorkloads)
{
    public static NodeJson Of(Node node) => new(
        node.Name, Names.Of(node.Health), [.. node.GpuUsed.Select((used, i) => new GpuJson(used, (node.BadGpuMask >> i & 1) != 0))],
        new CpuJson(node.CpuMilliFree, node.CpuMilliTotal), new MemoryJson(node.MemoryMibFree, node.MemoryMibTotal),
        node.Group, node.TopologyLeaf, node.CordonOwner, node.WorkloadCount, node.HasMaxWorkloads ? node.MaxWorkloads : null);
}

/// <param name="Used">Milli-GPU; 1000 is the whole GPU.</param>
public sealed record GpuJson(int Used, bool Bad);

public sealed record CpuJson(long FreeMilli, long TotalMilli);

public sealed record MemoryJson(long FreeMib, long TotalMib);

/// <param name="Sequence">Last change that the list holds.</param>
public sealed record NodeListJson(IReadOnlyList<NodeJson> Nodes, string? Continue, long Sequence);

/// <param name="CurrentRun">Id of the node's live run, or null.</param>
/// <param name="LastRun">Id of the node's newest ended run among the newest 1,000 runs, or null.</param>
public sealed record NodeDetailJson(
    string Name, string Health, IReadOnlyList<GpuJson> Gpus, CpuJson Cpu, MemoryJson Memory, string Group, int Leaf, string CordonOwner,
    int WorkloadCount, int? MaxWorkloads, IReadOnlyList<WorkloadJson> Workloads, string? CurrentRun, string? LastRun)
{
    public static NodeDetailJson Of(NodeJson node, IReadOnlyList<WorkloadJson> workloads, string? currentRun, string? lastRun) => new(
        node.Name, node.Health, node.Gpus, node.Cpu, node.Memory, node.Group, node.Leaf, node.CordonOwner,
        node.WorkloadCount, node.MaxWorkloads, workloads, currentRun, lastRun);
}
