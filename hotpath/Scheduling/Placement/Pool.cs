namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Nodes among which a placement chooses: those of a machine group, or all. A node has a position here that follows the order
/// of the node indices, so that the lowest position is the lowest index and a small group is a small index.
/// </summary>
internal sealed class Pool(int id, Seats seats)
{
    private readonly ClassGrid _wholes = new();
    private readonly ClassGrid _parts = new();
    private int _count;
    private int _members;

    internal NodeColumns Columns { get; } = new();

    internal int PositionCount => _count;

    /// <summary>
    /// Adds a node, not yet in scheduling. A node that comes back finds its position; one whose index lies between others moves
    /// those behind it, which costs as much as there are nodes and happens only when a node changes its group.
    /// </summary>
    public void Join(int node)
    {
        var nodes = Columns.Node;
        var position = _count == 0 || nodes[_count - 1] < node ? ~_count : Array.BinarySearch(nodes, 0, _count, node);
        var isNew = position < 0;
        position = isNew ? ~position : position;
        seats.Take(node, id, position);
        if (isNew)
            Insert(position, node);
        Columns.Put(position, Standing.Out);
        _members++;
    }

    public void Leave(int node)
    {
        var position = seats.PositionIn(node, id);
        Set(position, Standing.Out);
        Columns.State[position] = NodeColumns.Hole;
        seats.Leave(node, id);
        // Holes wait for their nodes to come back, but never outnumber the members for long.
        if (--_members < _count / 2 && _count > 64)
            Compact();
    }

    public void Set(int position, in Standing standing)
    {
        var (whole, part) = (Columns.WholeClass[position], Columns.PartClassAt(position));
        Columns.Put(position, standing);
        Enter(_wholes, whole, standing.WholeClass, position, standing.Room);
        Enter(_parts, part, standing.PartClass, position, standing.Room);
    }

    /// <summary>The position that the wish ranks best, the lowest of several; or -1.</summary>
    public int BestFit(in Wish wish)
    {
        // A look in vain costs about as much as scanning 1,000 nodes, so losing patience at most doubles the cost of the scan.
        var patience = 4 + (_count >> 10);
        var position = (wish.IsPart ? _parts : _wholes).BestFit(Columns, wish, ref patience);
        return position switch
        {
            FreeClass.OutOfPatience => ColumnScan.BestFit(Columns, _count, wish),
            FreeClass.None => -1,
            _ => position,
        };
    }

    private static void Enter(ClassGrid grid, ushort before, ushort after, int position, in Headroom room)
    {
        if (before != after)
        {
            if (before != NodeClass.None)
                grid.Remove(before, position);
            if (after != NodeClass.None)
                grid.Add(after, position);
        }
        if (after != NodeClass.None)
            grid.Raise(after, position, room);
    }

    private void Insert(int position, int node)
    {
        if (_count == Columns.Capacity)
            Columns.Resize(_count * 2);
        var behind = _count++ - position;
        if (behind > 0)
            Columns.Move(position, position + 1, behind);
        Columns.Node[position] = node;
        Columns.State[position] = NodeColumns.Out;
        Columns.WholeClass[position] = NodeClass.None;
        if (behind > 0)
            Rebuild();
    }

    private void Compact()
    {
        var kept = 0;
        for (var position = 0; position < _count; position++)
        {
            if (Columns.State[position] != NodeColumns.Hole)
                Columns.Move(position, kept++, 1);
        }
        Columns.State.AsSpan(kept, _count - kept).Clear();
        _count = kept;
        Rebuild();
    }

    private void Rebuild()
    {
        _wholes.Clear();
        _parts.Clear();
        for (var position = 0; position < _count; position++)
        {
            if (Columns.State[position] == NodeColumns.Hole)
                continue;
            seats.Move(Columns.Node[position], id, position);
            var room = Columns.RoomAt(position);
            Enter(_wholes, NodeClass.None, Columns.WholeClass[position], position, room);
            Enter(_parts, NodeClass.None, Columns.PartClassAt(position), position, room);
        }
    }
}
