namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Finds the best node for a wish in a time that does not grow with the number of nodes. Nodes are in pools, each an index of its
/// own. A wish is searched for in one pool or in several.
/// </summary>
internal sealed class PlacementIndex
{
    /// <summary>Three levels of 64.</summary>
    public const int MaxNodes = 1 << 18;

    private readonly Seats _seats = new();
    private readonly List<Pool> _pools = [];

    /// <summary>An empty pool; its id is one more than that of the pool before.</summary>
    public int AddPool()
    {
        _pools.Add(new Pool(_pools.Count, _seats));
        return _pools.Count - 1;
    }

    /// <summary>Adds a node, which is out of scheduling there until it is <see cref="Set"/>.</summary>
    public void Join(int node, int pool) => _pools[pool].Join(node);

    public void Leave(int node, int pool) => _pools[pool].Leave(node);

    /// <summary>Enters what has changed into every pool of the node.</summary>
    public void Set(int node, in Standing standing)
    {
        var pools = _seats.PoolsOf(node);
        for (var seat = 0; seat < pools.Length; seat++)
        {
            if (pools[seat] >= 0)
                _pools[pools[seat]].Set(_seats.PositionAt(node, seat), standing);
        }
    }

    /// <summary>The node of these pools that the wish ranks best, the lowest index of several; or -1 when nothing fits.</summary>
    public int BestFit(ReadOnlySpan<int> pools, in Wish wish)
    {
        var (best, bestRank) = (-1, int.MaxValue);
        foreach (var pool in pools)
        {
            var columns = _pools[pool].Columns;
            var position = _pools[pool].BestFit(wish);
            if (position < 0)
                continue;
            var (node, rank) = (columns.Node[position], pools.Length == 1 ? 0 : columns.RankAt(position, wish));
            if (rank < bestRank || (rank == bestRank && node < best))
                (best, bestRank) = (node, rank);
        }
        return best;
    }
}
