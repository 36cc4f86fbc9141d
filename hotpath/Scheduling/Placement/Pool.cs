using System.Runtime.CompilerServices;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Nodes among which a placement chooses: those of a machine group in a zone. A node has a position here that follows the order
/// of the node indices, so that the lowest position is the lowest index and a small group is a small index.
/// </summary>
internal sealed class Pool(int id, Seats seats)
{
    private readonly ClassGrid _wholes = new();
    private readonly ClassGrid _parts = new();
    private int _count;
    private int _members;

    internal PoolRows Rows { get; } = new();

    internal int PositionCount => _count;

    /// <summary>
    /// Adds a node, not yet in scheduling. A node that comes back finds its position; one whose index lies between others moves
    /// those behind it, which costs as much as there are nodes and happens only when a node changes its group.
    /// </summary>
    public void Join(int node)
    {
        var nodes = Rows.Node;
        var position = _count == 0 || nodes[_count - 1] < node ? ~_count : Array.BinarySearch(nodes, 0, _count, node);
        var isNew = position < 0;
        position = isNew ? ~position : position;
        seats.Take(node, id, position);
        if (isNew)
            Insert(position, node);
        Rows.Row[position] = PoolRow.Of(Standing.Out);
        _members++;
    }

    public void Leave(int node)
    {
        var position = seats[node].Position;
        Set(position, Standing.Out);
        Rows.Row[position] = default;
        // Holes wait for their nodes to come back, but never outnumber the members for long.
        if (--_members < _count / 2 && _count > 64)
            Compact();
    }

    public void Set(int position, in Standing standing)
    {
        ref var row = ref Rows.Row[position];
        var (whole, part) = (row.WholeClass, row.PartClass);
        row = PoolRow.Of(standing);
        Enter(_wholes, whole, standing.WholeClass, position, standing.Room);
        Enter(_parts, part, standing.PartClass, position, standing.Room);
    }

    /// <summary>The position that the wish ranks best, the lowest of several; or -1.</summary>
    /// <param name="worst">A position that ranks worse may be passed over.</param>
    // Inlined where pools are gone through, it leaves no register for either.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public int BestFit(in Wish wish, int worst = int.MaxValue)
    {
        // A look in vain costs about as much as scanning 1,000 nodes, so losing patience at most doubles the cost of the scan.
        var patience = 4 + (_count >> 10);
        var position = (wish.IsPart ? _parts : _wholes).BestFit(Rows, wish, worst, ref patience);
        return position switch
        {
            FreeClass.OutOfPatience => RowScan.BestFit(Rows, _count, wish),
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
        if (_count == Rows.Capacity)
            Rows.Resize(_count * 2);
        var behind = _count++ - position;
        if (behind > 0)
            Rows.Move(position, position + 1, behind);
        Rows.Node[position] = node;
        Rows.Row[position] = PoolRow.Of(Standing.Out);
        if (behind > 0)
            Rebuild();
    }

    private void Compact()
    {
        var kept = 0;
        for (var position = 0; position < _count; position++)
        {
            if (!Rows.Row[position].IsHole)
                Rows.Move(position, kept++, 1);
        }
        Rows.Row.AsSpan(kept, _count - kept).Clear();
        _count = kept;
        Rebuild();
    }

    private void Rebuild()
    {
        _wholes.Clear();
        _parts.Clear();
        for (var position = 0; position < _count; position++)
        {
            var row = Rows.Row[position];
            if (row.IsHole)
                continue;
            seats.Move(Rows.Node[position], position);
            Enter(_wholes, NodeClass.None, row.WholeClass, position, row.Room);
            Enter(_parts, NodeClass.None, row.PartClass, position, row.Room);
        }
    }
}
