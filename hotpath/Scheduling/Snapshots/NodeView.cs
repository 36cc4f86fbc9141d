using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>A node in a snapshot.</summary>
public readonly struct NodeView : IEquatable<NodeView>
{
    private readonly ClusterSnapshot _snapshot;
    private readonly NodePage _page;
    private readonly int _row;

    internal NodeView(ClusterSnapshot snapshot, NodePage page, int row) => (_snapshot, _page, _row) = (snapshot, page, row);

    /// <summary>The node's index while it exists.</summary>
    public int Index => _page.Index * NodeTable.PageSize + _row;

    public string Name => Row.Name;

    public NodeHealth Health => Row.Health;

    /// <summary>0 to <see cref="NodeTable.MaxGpus"/>.</summary>
    public int GpuCount => Row.GpuCount;

    /// <summary>Milli-GPU in use on each of the node's GPUs; above 1000 where the cluster overcommits.</summary>
    public ReadOnlySpan<int> GpuUsedMilli => _page.GpuUsed.AsSpan(_row * NodeTable.MaxGpus, GpuCount);

    /// <summary>Bit i: no workload may get GPU i.</summary>
    public uint BadGpus => Row.BadGpus;

    /// <summary>Bit i: GPU i is good and wholly free, whether or not the node is in scheduling. Fewer where some are in use that the node no longer has.</summary>
    public uint FreeGpus => Row.OpenGpus;

    public int FreeGpuCount => BitOperations.PopCount(FreeGpus);

    public long CpuTotalMilli => Row.CpuTotal;

    public long CpuUsedMilli => Row.CpuUsed;

    /// <summary>Never negative, even where the cluster overcommits.</summary>
    public long CpuFreeMilli => Math.Max(0, CpuTotalMilli - CpuUsedMilli);

    public long MemoryTotalMib => Row.MemoryTotal;

    public long MemoryUsedMib => Row.MemoryUsed;

    /// <summary>Never negative, even where the cluster overcommits.</summary>
    public long MemoryFreeMib => Math.Max(0, MemoryTotalMib - MemoryUsedMib);

    /// <summary>Workloads on the node, whoever put them there.</summary>
    public int WorkloadCount => Row.WorkloadCount;

    /// <summary>Workloads that it takes at most; <see cref="NodeTable.NoLimit"/>: as many as fit.</summary>
    public int MaxWorkloads => Row.MaxWorkloads;

    /// <summary>Machine group index, or <see cref="NodeTable.NoGroup"/>.</summary>
    public int GroupIndex => Row.Group;

    /// <summary>Empty also where there was no index for the node's group.</summary>
    public string Group => GroupIndex == NodeTable.NoGroup ? "" : _snapshot.Groups[GroupIndex];

    /// <summary>Leaf switch, or -1.</summary>
    public int TopologyLeaf => Facts.Leaf;

    public bool Reachable => Facts.Reachable;

    public bool ForeignCordon => Facts.ForeignCordon;

    /// <summary>Number of the run that holds the node out of scheduling, or 0.</summary>
    public long QuarantinedBy => Facts.QuarantinedBy;

    internal int FirstWorkload => Row.FirstWorkload;

    private ref readonly NodeRow Row => ref _page.Nodes[_row];

    private ref readonly NodeFacts Facts => ref _page.Facts[_row];

    /// <summary>Whether the two nodes look alike, in whatever snapshots they are.</summary>
    public bool Equals(NodeView other)
        => Name == other.Name && Health == other.Health && BadGpus == other.BadGpus && QuarantinedBy == other.QuarantinedBy
            && CpuUsedMilli == other.CpuUsedMilli && MemoryUsedMib == other.MemoryUsedMib && WorkloadCount == other.WorkloadCount && Group == other.Group
            && NodeShape.Of(Row, Facts) == NodeShape.Of(other.Row, other.Facts) && GpuUsedMilli.SequenceEqual(other.GpuUsedMilli);

    public override bool Equals(object? obj) => obj is NodeView other && Equals(other);

    /// <summary>Of what seldom changes.</summary>
    public override int GetHashCode() => NodeShape.Of(Row, Facts).GetHashCode();
}
