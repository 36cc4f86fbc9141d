namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Finds the best node for a wish in a time that does not grow with the number of nodes. Each node is in one pool of several, which
/// are indices of their own. A wish is searched for in one pool or in several.
/// </summary>
internal sealed class PlacementIndex
{
    /// <summary>Three levels of 64.</summary>
    public const int MaxNodes = 1 << 18;

    private readonly Seats _seats = new();
    private Pool[] _pools = [];

    /// <summary>An empty pool; its id is one more than that of the pool before.</summary>
    public int AddPool()
    {
        _pools = [.. _pools, new Pool(_pools.Length, _seats)];
        return _pools.Length - 1;
    }

    /// <summary>Adds a node, which is out of scheduling until it is <see cref="Set"/>.</summary>
    public void Join(int node, int pool) => _pools[pool].Join(node);

    public void Leave(int node) => _pools[_seats[node].Pool].Leave(node);

    /// <summary>Enters what has changed of a node.</summary>
    public void Set(int node, in Standing standing)
    {
        var seat = _seats[node];
        _pools[seat.Pool].Set(seat.Position, standing);
    }

    /// <summary>Loads what <see cref="Set"/> touches. The answer is of no meaning.</summary>
    public int Load(int node)
    {
        var seat = _seats[node];
        return _pools[seat.Pool].Rows.Row[seat.Position].WholeClass;
    }

    /// <summary>The node of these pools that the wish ranks best, the lowest index of several; or -1 when nothing fits.</summary>
    public int BestFit(ReadOnlySpan<int> pools, in Wish wish)
    {
        var (best, bestRank) = (-1, int.MaxValue);
        foreach (var pool in pools)
        {
            var rows = _pools[pool].Rows;
            var position = _pools[pool].BestFit(wish, bestRank);
            if (position < 0)
                continue;
            var (node, rank) = (rows.Node[position], pools.Length == 1 ? 0 : rows.Row[position].RankFor(wish));
            if (rank < bestRank || (rank == bestRank && node < best))
                (best, bestRank) = (node, rank);
        }
        return best;
    }
}
