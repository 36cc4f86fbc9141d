namespace Pipeline.Scheduling.Model;

/// <content>
/// The pools of the placement index: for each machine group, and for all of them together, one for each zone that has nodes. A node
/// is in the two pools of its zone.
/// </content>
public sealed partial class NodeTable
{
    private const int AnyGroup = -1;
    private const int NoPool = -1;

    private readonly List<int> _pools = [];

    /// <summary>Ids of the pools of these groups in the zone, and in the zone of no size, for as many as there are.</summary>
    /// <param name="pools">Room for <see cref="MostPools"/>.</param>
    /// <returns>How many.</returns>
    internal int PoolsOf(GroupSet groups, ZoneRole zone, Span<int> pools)
    {
        var count = AddPools(groups, ZoneRole.None, pools, 0);
        return zone == ZoneRole.None ? count : AddPools(groups, zone, pools, count);
    }

    /// <summary>Ids of the pools of the sized zones other than this one.</summary>
    internal int OtherPoolsOf(GroupSet groups, ZoneRole zone, Span<int> pools)
    {
        var count = 0;
        for (var other = ZoneRole.Small; other <= ZoneRole.Large; other++)
            count = other == zone ? count : AddPools(groups, other, pools, count);
        return count;
    }

    /// <summary>Pools of one group, or of any, in three zones.</summary>
    internal const int MostPoolsOfOne = 3;

    /// <summary>Pools of all groups in three zones.</summary>
    internal const int MostPools = MaxGroups * MostPoolsOfOne;

    private int AddPools(GroupSet groups, ZoneRole zone, Span<int> pools, int count)
    {
        if (groups.IsAny)
        {
            if (PoolOf(AnyGroup, zone) is >= 0 and var all)
                pools[count++] = all;
            return count;
        }
        for (var rest = groups; !rest.IsEmpty && rest.First < Groups.Length; rest = rest.Without(rest.First))
        {
            if (PoolOf(rest.First, zone) is >= 0 and var pool)
                pools[count++] = pool;
        }
        return count;
    }

    private int PoolOf(int group, ZoneRole zone)
    {
        var at = (group + 1) * (int)(ZoneRole.Large + 1) + (int)zone;
        return at < _pools.Count ? _pools[at] : NoPool;
    }

    private int EnsurePool(int group, ZoneRole zone)
    {
        var at = (group + 1) * (int)(ZoneRole.Large + 1) + (int)zone;
        while (_pools.Count <= at)
            _pools.Add(NoPool);
        if (_pools[at] == NoPool)
            _pools[at] = Index.AddPool();
        return _pools[at];
    }

    private void JoinPools(int node, in NodeShape shape)
    {
        Index.Join(node, EnsurePool(AnyGroup, shape.Zone));
        Index.Join(node, EnsurePool(shape.Group, shape.Zone));
        _groupGpus[shape.Group] += shape.Gpus;
    }

    private void LeavePools(int node)
    {
        var shape = ShapeOf(node);
        Index.Leave(node, PoolOf(AnyGroup, shape.Zone));
        Index.Leave(node, PoolOf(shape.Group, shape.Zone));
        _groupGpus[shape.Group] -= shape.Gpus;
    }
}
