using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Placement;

/// <summary>Finds the best node for a need in a time that does not grow with the number of nodes.</summary>
internal sealed class PlacementIndex
{
    /// <summary>Three levels of 64.</summary>
    public const int MaxNodes = 1 << 18;

    private readonly Pool _all = new();
    private readonly List<Pool> _groups = [];
    private int[] _inAll = new int[64];
    private int[] _inGroup = new int[64];

    public void AddGroup() => _groups.Add(new Pool());

    public void Join(int node, int group)
    {
        if (node >= _inAll.Length)
        {
            var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)node + 1);
            Array.Resize(ref _inAll, capacity);
            Array.Resize(ref _inGroup, capacity);
        }
        _all.Join(node, _inAll);
        _groups[group].Join(node, _inGroup);
    }

    public void Leave(int node, int group)
    {
        _all.Leave(_inAll[node], _inAll);
        _groups[group].Leave(_inGroup[node], _inGroup);
    }

    /// <param name="free">Free whole GPUs, or -1 when the node is not in scheduling.</param>
    public void Set(int node, int group, int free, in Headroom room)
    {
        _all.Set(_inAll[node], free, room);
        _groups[group].Set(_inGroup[node], free, room);
    }

    /// <summary>Node index, or -1 when nothing fits.</summary>
    public int BestFit(GroupSet groups, int minFree, in Headroom need)
    {
        if (groups.IsAny)
            return _all.BestFit(minFree, need, out _);
        var (best, fewest) = (-1, int.MaxValue);
        for (var rest = groups; !rest.IsEmpty && rest.First < _groups.Count; rest = rest.Without(rest.First))
        {
            var node = _groups[rest.First].BestFit(minFree, need, out var free);
            if (node >= 0 && (free < fewest || (free == fewest && node < best)))
                (best, fewest) = (node, free);
        }
        return best;
    }

    /// <param name="group">Machine group, or -1 for any.</param>
    internal Pool PoolOf(int group) => group < 0 ? _all : _groups[group];
}
