using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>One node: its hardware, its marks and what runs on it.</summary>
internal sealed class SimulatedNode
{
    public const long CpuMilli = 96_000;
    public const long MemoryMib = 1_048_576;
    public const int NodesPerLeaf = 16;

    /// <param name="nodes">Nodes in the cluster; the groups are contiguous blocks of half, three and two tenths of them.</param>
    public SimulatedNode(int index, int nodes)
    {
        Index = index;
        Name = $"gpu-{index + 1:D4}";
        Group = ((long)index * 10 / nodes) switch { < 5 => "A100", < 8 => "H100", _ => "V100" };
    }

    public int Index { get; }

    public string Name { get; }

    public string Group { get; }

    public NodeHardware Hardware { get; set; } = new();

    public NodeMark? Mark { get; set; }

    public bool ForeignCordon { get; set; }

    /// <summary>Bound workloads, in the order of their binding.</summary>
    public List<SimulatedWorkload> Workloads { get; } = [];

    /// <summary>Keys of the remembered actions, oldest first.</summary>
    public Queue<string> ActionKeys { get; } = [];

    /// <summary>Key of the action under way, or null.</summary>
    public string? RunningKey { get; set; }

    /// <summary>A person's cordon shows through our mark, because it stays when the mark goes.</summary>
    public string CordonOwner => ForeignCordon ? ClusterNode.Person : Mark?.Run ?? "";

    public uint BusyMask()
    {
        var mask = 0u;
        foreach (var workload in Workloads)
            mask |= workload.GpuMask;
        return mask;
    }

    public ClusterNode ToContract() => new(
        Name, NodeHardware.GpuCount, CpuMilli, MemoryMib, Group, Index / NodesPerLeaf, Hardware.Reachable, CordonOwner)
    {
        Mark = Mark?.Run ?? "",
        Written = Mark,
    };
}
