namespace Pipeline.Scheduling.Model;

/// <summary>
/// The placed workloads, as columns indexed by slot. Two lists run through the slots: the workloads of each node, and the
/// assumptions in the order of their deadlines.
/// </summary>
public sealed partial class WorkloadTable
{
    /// <summary>Workloads of a snapshot page.</summary>
    internal const int PageSize = 256;

    internal const int SameFirst = -2;

    private readonly WorkloadMap _byId = new();
    private readonly SlotSet _slots = new();

    private ulong[] _ids = new ulong[PageSize];
    private string[] _names = new string[PageSize];
    private int[] _node = new int[PageSize];
    private ushort[] _gpus = new ushort[PageSize];
    private ushort[] _gpuMilli = new ushort[PageSize];
    private int[] _cpu = new int[PageSize];
    private int[] _memory = new int[PageSize];
    private long[] _assumedUntil = new long[PageSize];
    private int[] _next = new int[PageSize];
    private int[] _previous = new int[PageSize];
    private int[] _later = new int[PageSize];
    private int[] _earlier = new int[PageSize];

    /// <summary>Workloads that have a place.</summary>
    public int Count => _byId.Count;

    internal DirtyPages Dirty { get; } = new(PageSize);

    /// <summary>One more than the highest slot ever used.</summary>
    internal int End => _slots.End;

    internal bool IsFull => _slots.Lowest() < 0;

    internal bool TryFind(ulong id, out int slot) => _byId.TryFind(id, out slot);

    internal ulong IdOf(int slot) => _ids[slot];

    internal int NodeOf(int slot) => _node[slot];

    internal uint GpusOf(int slot) => _gpus[slot];

    internal int GpuMilliOf(int slot) => _gpuMilli[slot];

    internal int CpuOf(int slot) => _cpu[slot];

    internal int MemoryOf(int slot) => _memory[slot];

    /// <summary>Unix milliseconds, or 0 when the cluster has bound the workload.</summary>
    internal long AssumedUntil(int slot) => _assumedUntil[slot];

    internal WorkloadRow RowOf(int slot) => new(
        _ids[slot], _names[slot], _node[slot], _gpus[slot], _gpuMilli[slot], _cpu[slot], _memory[slot], _assumedUntil[slot]);

    /// <summary>The next workload on the same node, or -1.</summary>
    internal int NextOnNode(int slot) => _next[slot];

    /// <summary>Adds a workload in front of the one that was first on its node (-1: none), and returns its slot.</summary>
    internal int Add(in WorkloadRow row, int firstOnNode)
    {
        var slot = _slots.Take();
        Fill(slot, row);
        _previous[slot] = -1;
        _next[slot] = firstOnNode;
        if (firstOnNode >= 0)
            _previous[firstOnNode] = slot;
        if (row.AssumedUntil != 0)
            Await(slot);
        return slot;
    }

    /// <summary>Removes a workload and returns the one that is now first on its node (-1: none) if that changed, else <see cref="SameFirst"/>.</summary>
    internal int Remove(int slot)
    {
        if (_assumedUntil[slot] != 0)
            Settle(slot);
        var (previous, next) = (_previous[slot], _next[slot]);
        if (next >= 0)
            _previous[next] = previous;
        if (previous >= 0)
        {
            _next[previous] = next;
            Dirty.Mark(previous);
        }
        _byId.Remove(_ids[slot]);
        _ids[slot] = 0;
        _names[slot] = null!;
        _slots.Free(slot);
        Dirty.Mark(slot);
        return previous >= 0 ? SameFirst : next;
    }

    private void Fill(int slot, in WorkloadRow row)
    {
        if (slot >= _ids.Length)
            Grow(slot + 1);
        _ids[slot] = row.Id;
        _names[slot] = row.Name;
        _node[slot] = row.Node;
        _gpus[slot] = (ushort)row.Gpus;
        _gpuMilli[slot] = (ushort)row.GpuMilli;
        _cpu[slot] = row.Cpu;
        _memory[slot] = row.Memory;
        _assumedUntil[slot] = row.AssumedUntil;
        _byId.Add(row.Id, slot);
        Dirty.Mark(slot);
    }

    private void Grow(int rows)
    {
        var capacity = _ids.Length;
        while (capacity < rows)
            capacity *= 2;
        Array.Resize(ref _ids, capacity);
        Array.Resize(ref _names, capacity);
        Array.Resize(ref _node, capacity);
        Array.Resize(ref _gpus, capacity);
        Array.Resize(ref _gpuMilli, capacity);
        Array.Resize(ref _cpu, capacity);
        Array.Resize(ref _memory, capacity);
        Array.Resize(ref _assumedUntil, capacity);
        Array.Resize(ref _next, capacity);
        Array.Resize(ref _previous, capacity);
        Array.Resize(ref _later, capacity);
        Array.Resize(ref _earlier, capacity);
    }
}

/// <param name="Gpus">Bit i: GPU i of the node.</param>
/// <param name="GpuMilli">Milli-GPU on each of them.</param>
/// <param name="Cpu">Thousandths of a core.</param>
/// <param name="Memory">MiB.</param>
/// <param name="AssumedUntil">Unix milliseconds, or 0 when bound.</param>
internal readonly record struct WorkloadRow(
    ulong Id, string Name, int Node, uint Gpus, int GpuMilli, int Cpu, int Memory, long AssumedUntil);
