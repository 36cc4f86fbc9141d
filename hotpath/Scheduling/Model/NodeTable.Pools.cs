namespace Pipeline.Scheduling.Model;

/// <content>The pools of the placement index: for each machine group one for each zone that has nodes. A node is in one of them.</content>
public sealed partial class NodeTable
{
    /// <summary>Pools of one group that a search goes through at a time.</summary>
    internal const int MostPoolsOfOne = 2;

    /// <summary>Pools of all groups.</summary>
    internal const int MostPools = MaxGroups * MostPoolsOfOne;

    private const int Zones = (int)ZoneRole.Large + 1;
    private const int NoPool = -1;

    // By group and zone.
    private int[] _pools = [];

    /// <summary>Ids of the pools of these groups in the zone, and in the zone of no size, for as many as there are.</summary>
    /// <param name="zone">One with a size.</param>
    /// <param name="pools">Room for <see cref="MostPools"/>, or for <see cref="MostPoolsOfOne"/> where there is one group.</param>
    /// <returns>How many.</returns>
    internal int PoolsOf(GroupSet groups, ZoneRole zone, Span<int> pools)
        => AddPools(groups, zone, pools, AddPools(groups, ZoneRole.None, pools, 0));

    /// <summary>Ids of the pools of these groups in the zone alone.</summary>
    internal int PoolsOfOnly(GroupSet groups, ZoneRole zone, Span<int> pools) => AddPools(groups, zone, pools, 0);

    private int AddPools(GroupSet groups, ZoneRole zone, Span<int> pools, int count)
    {
        for (var rest = groups; !rest.IsEmpty && rest.First < Groups.Length; rest = rest.Without(rest.First))
        {
            if (PoolOf(rest.First, zone) is >= 0 and var pool)
                pools[count++] = pool;
        }
        return count;
    }

    private int PoolOf(int group, ZoneRole zone)
    {
        var at = group * Zones + (int)zone;
        return at < _pools.Length ? _pools[at] : NoPool;
    }

    private int EnsurePool(int group, ZoneRole zone)
    {
        var at = group * Zones + (int)zone;
        if (_pools.Length <= at)
            _pools = [.. _pools, .. Enumerable.Repeat(NoPool, at + 1 - _pools.Length)];
        if (_pools[at] == NoPool)
            _pools[at] = Index.AddPool();
        return _pools[at];
    }

    private void JoinPool(int node, in NodeShape shape)
    {
        // That of nodes without a group is in no search.
        Index.Join(node, EnsurePool(shape.Group, shape.Zone));
        Tally(shape.Group, 1, shape.Gpus);
    }

    private void LeavePool(int node)
    {
        Index.Leave(node);
        Tally(_rows[node].Group, -1, -_rows[node].GpuCount);
    }

    private void Tally(int group, int nodes, int gpus)
    {
        _groupNodes[group] += nodes;
        if (group != NoGroup)
            _groupGpus[group] += gpus;
    }
}
