namespace Pipeline.Scheduling.Model;

/// <content>The columns.</content>
public sealed partial class NodeTable
{
    /// <summary>Nodes of a snapshot page.</summary>
    internal const int PageSize = 16;

    private string[] _names = new string[PageSize];
    private NodeHealth[] _health = new NodeHealth[PageSize];
    private bool[] _reachable = new bool[PageSize];
    private bool[] _foreignCordon = new bool[PageSize];
    private ZoneRole[] _zone = new ZoneRole[PageSize];
    private bool[] _blocked = new bool[PageSize];
    private long[] _quarantinedBy = new long[PageSize];
    private int[] _group = new int[PageSize];
    private int[] _leaf = new int[PageSize];
    private byte[] _gpuCount = new byte[PageSize];
    private ushort[] _badGpus = new ushort[PageSize];
    private int[] _cpuTotal = new int[PageSize];
    private int[] _memoryTotal = new int[PageSize];
    private int[] _maxWorkloads = new int[PageSize];
    private int[] _firstWorkload = new int[PageSize];

    // What is used may exceed what there is: the cluster's own bindings are taken over whatever they add up to.
    private long[] _cpuUsed = new long[PageSize];
    private long[] _memoryUsed = new long[PageSize];
    private int[] _workloadCount = new int[PageSize];
    private int[] _gpuUsed = new int[PageSize * MaxGpus];

    // Follow from the columns above.
    private ushort[] _openGpus = new ushort[PageSize];
    private ushort[] _partGpus = new ushort[PageSize];
    private ushort[] _largestPart = new ushort[PageSize];
    private ushort[] _allParts = new ushort[PageSize];

    internal NodeShape ShapeOf(int node) => new(
        _gpuCount[node], _cpuTotal[node], _memoryTotal[node], _group[node], _leaf[node], _reachable[node], _foreignCordon[node], _zone[node])
    {
        MaxWorkloads = _maxWorkloads[node],
    };

    private void SetShape(int node, in NodeShape shape)
    {
        _gpuCount[node] = (byte)shape.Gpus;
        _cpuTotal[node] = shape.Cpu;
        _memoryTotal[node] = shape.Memory;
        _maxWorkloads[node] = shape.MaxWorkloads;
        _group[node] = shape.Group;
        _leaf[node] = shape.Leaf;
        _reachable[node] = shape.Reachable;
        _foreignCordon[node] = shape.ForeignCordon;
        _zone[node] = shape.Zone;
    }

    private void Clear(int node)
    {
        _names[node] = null!;
        SetShape(node, default);
        _health[node] = NodeHealth.Absent;
        _quarantinedBy[node] = 0;
        _badGpus[node] = 0;
        _firstWorkload[node] = -1;
        _cpuUsed[node] = 0;
        _memoryUsed[node] = 0;
        _workloadCount[node] = 0;
        _gpuUsed.AsSpan(node * MaxGpus, MaxGpus).Clear();
        _openGpus[node] = 0;
        _partGpus[node] = 0;
        _largestPart[node] = 0;
        _allParts[node] = 0;
    }

    private void Grow(int rows)
    {
        var capacity = _names.Length;
        while (capacity < rows)
            capacity *= 2;
        Array.Resize(ref _names, capacity);
        Array.Resize(ref _health, capacity);
        Array.Resize(ref _reachable, capacity);
        Array.Resize(ref _foreignCordon, capacity);
        Array.Resize(ref _zone, capacity);
        Array.Resize(ref _blocked, capacity);
        Array.Resize(ref _quarantinedBy, capacity);
        Array.Resize(ref _group, capacity);
        Array.Resize(ref _leaf, capacity);
        Array.Resize(ref _gpuCount, capacity);
        Array.Resize(ref _badGpus, capacity);
        Array.Resize(ref _cpuTotal, capacity);
        Array.Resize(ref _memoryTotal, capacity);
        Array.Resize(ref _maxWorkloads, capacity);
        Array.Resize(ref _firstWorkload, capacity);
        Array.Resize(ref _cpuUsed, capacity);
        Array.Resize(ref _memoryUsed, capacity);
        Array.Resize(ref _workloadCount, capacity);
        Array.Resize(ref _gpuUsed, capacity * MaxGpus);
        Array.Resize(ref _openGpus, capacity);
        Array.Resize(ref _partGpus, capacity);
        Array.Resize(ref _largestPart, capacity);
        Array.Resize(ref _domain, capacity);
        var counted = NewCounted(capacity);
        _counted.CopyTo(counted, 0);
        _counted = counted;
        Array.Resize(ref _allParts, capacity);
    }
}
