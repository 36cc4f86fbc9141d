using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>The nodes of a pool by class: a bitmap of classes, and the members of each.</summary>
internal sealed class ClassGrid
{
    private readonly uint[] _strandings = new uint[NodeClass.Levels];
    // In one piece: a class is looked at for every node that enters or leaves it.
    private FreeClass[] _classes = [];
    private ulong _levels;

    public void Add(ushort nodeClass, int position)
    {
        if (nodeClass >= _classes.Length)
            Array.Resize(ref _classes, (NodeClass.LevelOfClass(nodeClass) + 1) << Stranding.Bits);
        _classes[nodeClass].Add(position);
        var level = NodeClass.LevelOfClass(nodeClass);
        _strandings[level] |= 1u << NodeClass.StrandingOfClass(nodeClass);
        _levels |= 1UL << level;
    }

    public void Remove(ushort nodeClass, int position)
    {
        ref var members = ref _classes[nodeClass];
        members.Remove(position);
        var level = NodeClass.LevelOfClass(nodeClass);
        if (members.IsEmpty && (_strandings[level] &= ~(1u << NodeClass.StrandingOfClass(nodeClass))) == 0)
            _levels &= ~(1UL << level);
    }

    public void Raise(ushort nodeClass, int position, in Headroom room) => _classes[nodeClass].Raise(position, room);

    public void Clear()
    {
        foreach (ref var members in _classes.AsSpan())
            members.Clear();
        Array.Clear(_strandings);
        _levels = 0;
    }

    /// <summary>The best position, <see cref="FreeClass.None"/>, or <see cref="FreeClass.OutOfPatience"/>.</summary>
    /// <param name="worst">Positions that rank worse are not sought.</param>
    /// <param name="patience">Looks in vain that are still allowed; counted down.</param>
    public int BestFit(PoolRows rows, in Wish wish, int worst, ref int patience)
    {
        var least = wish.LeastLevel;
        var levels = _levels >> least << least;
        if (levels == 0)
            return FreeClass.None;
        var (first, last) = (levels & wish.FirstLevels, levels & wish.LastLevels);
        for (var rest = uint.MaxValue; rest != 0;)
        {
            var cheapest = Stranding.TakeCheapest(ref rest, wish.Tilt);
            var found = FirstOf(first, cheapest, rows, wish, worst, ref patience);
            if (found == FreeClass.None && last != 0)
                found = FirstOf(last, cheapest, rows, wish, worst, ref patience);
            if (found != FreeClass.None)
                return found;
        }
        return FreeClass.None;
    }

    private int FirstOf(ulong levels, uint strandings, PoolRows rows, in Wish wish, int worst, ref int patience)
    {
        for (; levels != 0; levels &= levels - 1)
        {
            var level = BitOperations.TrailingZeroCount(levels);
            for (var rest = _strandings[level] & strandings; rest != 0;)
            {
                var stranding = BitOperations.Log2(rest);
                rest ^= 1u << stranding;
                var nodeClass = (level << Stranding.Bits) | stranding;
                if (wish.RankOf((ushort)nodeClass) > worst)
                    return FreeClass.None;
                var found = _classes[nodeClass].FirstFit(rows, wish, ref patience);
                if (found != FreeClass.None)
                    return found;
            }
        }
        return FreeClass.None;
    }
}
