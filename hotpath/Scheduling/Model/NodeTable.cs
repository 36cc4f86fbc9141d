using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Model;

/// <summary>
/// The nodes, by a dense node index that a node keeps while it exists. Every change reaches the placement index in the same call.
/// </summary>
public sealed partial class NodeTable
{
    /// <summary>GPUs that a node can have at most; the stride of the per-GPU columns.</summary>
    public const int MaxGpus = 16;

    /// <summary>Milli-GPU of a whole GPU.</summary>
    public const int WholeGpu = 1000;

    /// <summary>Of workloads on a node: as many as it has GPUs, CPU and memory for.</summary>
    public const int NoLimit = int.MaxValue;

    /// <summary>Nodes that the three levels of the placement index can tell apart.</summary>
    public const int MaxNodes = PlacementIndex.MaxNodes;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly SlotSet _slots = new();

    /// <summary>Nodes that exist.</summary>
    public int Count => _byName.Count;

    internal PlacementIndex Index { get; } = new();

    /// <summary>What was learned from the workloads placed; where a node stands in the index depends on it.</summary>
    internal DemandMix Mix { get; } = new();

    internal DirtyPages Dirty { get; } = new(PageSize);

    /// <summary>Nodes whose workloads, or what these would lose, changed since the last look for victims.</summary>
    internal DirtyPages Touched { get; } = new(1);

    /// <summary>One more than the highest index ever used.</summary>
    internal int End => _slots.End;

    /// <summary>Grows with every node that comes or goes; equal values mean equal names.</summary>
    internal long Membership { get; private set; }

    public bool TryFind(string name, out int node) => _byName.TryGetValue(name, out node);

    public string NameOf(int node) => _rows[node].Name;

    public int GroupIndexOf(int node) => _rows[node].Group;

    /// <summary>Number of the run that holds the node out of scheduling, or 0.</summary>
    public long QuarantinedBy(int node) => _facts[node].QuarantinedBy;

    /// <summary>GPUs that no workload may get.</summary>
    public uint BadGpusOf(int node) => _rows[node].BadGpus;

    public NodeHealth HealthOf(int node) => _rows[node].Health;

    internal int GpuCountOf(int node) => _rows[node].GpuCount;

    /// <summary>Takes the node out of scheduling in the name of a run (or, with 0, gives it back).</summary>
    public void SetQuarantine(int node, long run)
    {
        if (_facts[node].QuarantinedBy == run)
            return;
        _facts[node].QuarantinedBy = run;
        Refresh(node);
    }

    public void SetBadGpus(int node, uint mask)
    {
        if (_rows[node].BadGpus == (ushort)mask)
            return;
        _rows[node].BadGpus = (ushort)mask;
        Refresh(node);
    }

    /// <summary>Takes the node out of ordinary placement, because somebody has a block of its time, or gives it back.</summary>
    internal void SetBlocked(int node, bool blocked)
    {
        _rows[node].Blocked = blocked;
        Reindex(node);
    }

    /// <summary>Counts a placed workload into the mix.</summary>
    internal void Learn(in Shape placed)
    {
        if (placed.GpuCount == 0 || !Mix.Learn(placed, _groupGpus))
            return;
        for (var node = 0; node < End; node++)
        {
            if (Exists(node))
                Reindex(node);
        }
    }

    internal int Add(string name, in NodeShape shape)
    {
        var node = _slots.Take();
        Occupy(node, name, shape);
        return node;
    }

    /// <summary>Gives a restored node the index that it had.</summary>
    internal void AddAt(int node, string name, in NodeShape shape)
    {
        _slots.TakeAt(node);
        Occupy(node, name, shape);
    }

    /// <summary>Takes over what the cluster says about a node; false when that is what we knew.</summary>
    internal bool Update(int node, in NodeShape shape)
    {
        if (ShapeOf(node) == shape)
            return false;
        if (_rows[node].Group != shape.Group)
            Uncount(node);
        if ((_rows[node].Group, _facts[node].Zone, _rows[node].GpuCount) != (shape.Group, shape.Zone, shape.Gpus))
        {
            LeavePool(node);
            JoinPool(node, shape);
        }
        SetShape(node, shape);
        Refresh(node);
        return true;
    }

    /// <summary>Removes a node that has no workloads.</summary>
    internal void Remove(int node)
    {
        Uncount(node);
        LeavePool(node);
        _byName.Remove(_rows[node].Name);
        _slots.Free(node);
        Clear(node);
        Touched.Mark(node);
        Dirty.Mark(node);
        Membership++;
    }

    private void Occupy(int node, string name, in NodeShape shape)
    {
        if (node >= _rows.Length)
            Grow(node + 1);
        _byName.Add(name, node);
        _rows[node].Name = name;
        _rows[node].FirstWorkload = -1;
        Locate(node);
        JoinPool(node, shape);
        SetShape(node, shape);
        Refresh(node);
        Membership++;
    }
}

/// <summary>What the cluster says about a node.</summary>
/// <param name="Cpu">Thousandths of a core.</param>
/// <param name="Memory">MiB.</param>
internal readonly record struct NodeShape(
    int Gpus, int Cpu, int Memory, int Group, int Leaf, bool Reachable, bool ForeignCordon, ZoneRole Zone = ZoneRole.None)
{
    /// <summary>Workloads that the node takes at most, however small they are; <see cref="NodeTable.NoLimit"/>: as many as fit.</summary>
    public int MaxWorkloads { get; init; } = NodeTable.NoLimit;

    public static NodeShape Of(in NodeRow row, in NodeFacts facts)
        => new(row.GpuCount, row.CpuTotal, row.MemoryTotal, row.Group, facts.Leaf, facts.Reachable, facts.ForeignCordon, facts.Zone)
        {
            MaxWorkloads = row.MaxWorkloads,
        };
}
