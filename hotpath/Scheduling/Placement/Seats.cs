using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>In which pools each node is, and at which position of each.</summary>
internal sealed class Seats
{
    /// <summary>Pools that a node can be in.</summary>
    public const int PerNode = 4;

    private int[] _pool = [];
    private int[] _position = [];

    /// <summary>The pools of a node, -1 where there is none.</summary>
    public ReadOnlySpan<int> PoolsOf(int node) => _pool.AsSpan(node * PerNode, PerNode);

    public int PositionAt(int node, int seat) => _position[node * PerNode + seat];

    public int PositionIn(int node, int pool) => _position[SeatOf(node, pool)];

    /// <exception cref="InvalidOperationException">The node is in <see cref="PerNode"/> pools already.</exception>
    public void Take(int node, int pool, int position)
    {
        Reserve(node);
        var seat = SeatOf(node, -1);
        (_pool[seat], _position[seat]) = (pool, position);
    }

    public void Move(int node, int pool, int position) => _position[SeatOf(node, pool)] = position;

    public void Leave(int node, int pool) => _pool[SeatOf(node, pool)] = -1;

    private int SeatOf(int node, int pool)
    {
        var seat = PoolsOf(node).IndexOf(pool);
        return seat >= 0 ? node * PerNode + seat : throw new InvalidOperationException($"Node {node} has no such seat ({pool}).");
    }

    private void Reserve(int node)
    {
        var known = _pool.Length;
        if (node * PerNode < known)
            return;
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)node + 1) * PerNode;
        Array.Resize(ref _pool, capacity);
        Array.Resize(ref _position, capacity);
        Array.Fill(_pool, -1, known, capacity - known);
    }
}
