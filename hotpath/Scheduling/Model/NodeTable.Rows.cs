namespace Pipeline.Scheduling.Model;

/// <content>The rows.</content>
public sealed partial class NodeTable
{
    /// <summary>Nodes of a snapshot page.</summary>
    internal const int PageSize = 16;

    private NodeRow[] _rows = new NodeRow[PageSize];
    private NodeFacts[] _facts = new NodeFacts[PageSize];
    private int[] _gpuUsed = new int[PageSize * MaxGpus];

    internal NodeShape ShapeOf(int node) => NodeShape.Of(_rows[node], _facts[node]);

    private void SetShape(int node, in NodeShape shape)
    {
        ref var row = ref _rows[node];
        row.GpuCount = (byte)shape.Gpus;
        row.CpuTotal = shape.Cpu;
        row.MemoryTotal = shape.Memory;
        row.MaxWorkloads = shape.MaxWorkloads;
        row.Group = (byte)shape.Group;
        ref var facts = ref _facts[node];
        facts.Leaf = shape.Leaf;
        facts.Reachable = shape.Reachable;
        facts.ForeignCordon = shape.ForeignCordon;
        facts.Zone = shape.Zone;
    }

    private void Clear(int node)
    {
        _rows[node] = new NodeRow { FirstWorkload = -1 };
        _facts[node] = default;
        _gpuUsed.AsSpan(node * MaxGpus, MaxGpus).Clear();
    }

    private void Grow(int rows)
    {
        var capacity = _rows.Length;
        while (capacity < rows)
            capacity *= 2;
        Array.Resize(ref _rows, capacity);
        Array.Resize(ref _facts, capacity);
        Array.Resize(ref _gpuUsed, capacity * MaxGpus);
        Array.Resize(ref _domain, capacity);
        var counted = NewCounted(capacity);
        _counted.CopyTo(counted, 0);
        _counted = counted;
    }
}
