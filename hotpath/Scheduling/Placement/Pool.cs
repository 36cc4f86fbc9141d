using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The nodes among which a placement chooses: those of a machine group, or all. A node has a position here that follows the order
/// of the node indices, so that the lowest position is the lowest index and a small group is a small index.
/// </summary>
internal sealed class Pool
{
    private readonly FreeClass[] _classes = new FreeClass[Model.NodeTable.MaxGpus + 1];
    private HeadroomColumns _columns = new(new byte[64], new int[64], new int[64], new ushort[64]);
    private int[] _nodes = new int[64];
    private int _count;
    private int _members;
    private uint _filled;

    public Pool()
    {
        for (var free = 0; free < _classes.Length; free++)
            _classes[free] = new FreeClass();
    }

    internal ref readonly HeadroomColumns Columns => ref _columns;

    internal int PositionCount => _count;

    /// <summary>
    /// Adds a node, not yet in scheduling. A node that comes back finds its position; one whose index lies between others moves
    /// those behind it, which costs as much as there are nodes and happens only when a node changes its group.
    /// </summary>
    /// <param name="positions">The pool's positions by node index; updated.</param>
    public void Join(int node, int[] positions)
    {
        var position = _count == 0 || _nodes[_count - 1] < node ? ~_count : Array.BinarySearch(_nodes, 0, _count, node);
        if (position < 0)
            Insert(position = ~position, node, positions);
        positions[node] = position;
        _columns.State[position] = HeadroomColumns.Out;
        _members++;
    }

    public void Leave(int position, int[] positions)
    {
        Set(position, -1, default);
        _columns.State[position] = HeadroomColumns.Hole;
        // Holes wait for their nodes to come back, but never outnumber the members for long.
        if (--_members < _count / 2 && _count > 64)
            Compact(positions);
    }

    /// <param name="free">Free whole GPUs, or -1 when the node is not in scheduling.</param>
    public void Set(int position, int free, in Headroom room)
    {
        var before = _columns.State[position] - HeadroomColumns.NoFreeGpu;
        _columns.Cpu[position] = room.Cpu;
        _columns.Memory[position] = room.Memory;
        _columns.Share[position] = (ushort)room.Share;
        if (before != free)
        {
            _columns.State[position] = (byte)(HeadroomColumns.NoFreeGpu + free);
            if (before >= 0)
                RemoveFrom(before, position);
            if (free < 0)
                return;
            _classes[free].Add(position);
            _filled |= 1u << free;
        }
        if (free >= 0)
            _classes[free].Raise(position, room);
    }

    /// <summary>The lowest node among those with the fewest free whole GPUs, at least <paramref name="minFree"/>, that cover the need; or -1.</summary>
    /// <param name="found">Free whole GPUs of the node found.</param>
    public int BestFit(int minFree, in Headroom need, out int found)
    {
        // A look in vain costs about as much as scanning 1,000 nodes, so losing patience at most doubles the cost of the scan.
        var patience = 4 + (_count >> 10);
        for (var filled = _filled >> minFree << minFree; filled != 0; filled &= filled - 1)
        {
            var free = BitOperations.TrailingZeroCount(filled);
            var position = _classes[free].FirstFit(_columns, need, ref patience);
            if (position == FreeClass.OutOfPatience)
                position = ColumnScan.BestFit(_columns, _count, free, need);
            else if (position == FreeClass.None)
                continue;
            found = position < 0 ? -1 : _columns.State[position] - HeadroomColumns.NoFreeGpu;
            return position < 0 ? -1 : _nodes[position];
        }
        found = -1;
        return -1;
    }

    private void RemoveFrom(int free, int position)
    {
        _classes[free].Remove(position);
        if (_classes[free].IsEmpty)
            _filled &= ~(1u << free);
    }

    private void Insert(int position, int node, int[] positions)
    {
        if (_count == _nodes.Length)
            Grow();
        var behind = _count++ - position;
        if (behind > 0)
        {
            Array.Copy(_nodes, position, _nodes, position + 1, behind);
            Array.Copy(_columns.State, position, _columns.State, position + 1, behind);
            Array.Copy(_columns.Cpu, position, _columns.Cpu, position + 1, behind);
            Array.Copy(_columns.Memory, position, _columns.Memory, position + 1, behind);
            Array.Copy(_columns.Share, position, _columns.Share, position + 1, behind);
        }
        _nodes[position] = node;
        _columns.State[position] = HeadroomColumns.Out;
        if (behind > 0)
            Rebuild(positions);
    }

    private void Compact(int[] positions)
    {
        var kept = 0;
        for (var position = 0; position < _count; position++)
        {
            if (_columns.State[position] == HeadroomColumns.Hole)
                continue;
            _nodes[kept] = _nodes[position];
            _columns.State[kept] = _columns.State[position];
            _columns.Cpu[kept] = _columns.Cpu[position];
            _columns.Memory[kept] = _columns.Memory[position];
            _columns.Share[kept] = _columns.Share[position];
            kept++;
        }
        _columns.State.AsSpan(kept, _count - kept).Clear();
        _count = kept;
        Rebuild(positions);
    }

    private void Rebuild(int[] positions)
    {
        _filled = 0;
        foreach (var freeClass in _classes)
            freeClass.Clear();
        for (var position = 0; position < _count; position++)
        {
            if (_columns.State[position] == HeadroomColumns.Hole)
                continue;
            positions[_nodes[position]] = position;
            var free = _columns.State[position] - HeadroomColumns.NoFreeGpu;
            if (free < 0)
                continue;
            _classes[free].Add(position);
            _classes[free].Raise(position, _columns[position]);
            _filled |= 1u << free;
        }
    }

    private void Grow()
    {
        var capacity = _nodes.Length * 2;
        var (state, cpu, memory, share) = _columns;
        Array.Resize(ref _nodes, capacity);
        Array.Resize(ref state, capacity);
        Array.Resize(ref cpu, capacity);
        Array.Resize(ref memory, capacity);
        Array.Resize(ref share, capacity);
        _columns = new HeadroomColumns(state, cpu, memory, share);
    }
}
