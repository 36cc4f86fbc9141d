using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// What a pool knows of one position: its headroom, and in the fourth lane whether there is a node, its free whole GPUs and its class.
/// Sixteen bytes together rather than a column each, since an update touches all of them and a scan compares them all at once.
/// </summary>
internal readonly struct PoolRow
{
    // The fourth lane: a state, and below it the class.
    private const int StateShift = 16;

    // No node has this position.
    private const int Hole = 0;

    // The node is not in scheduling.
    private const int Out = 1 << StateShift | NodeClass.None;

    // Plus the number of free whole GPUs.
    private const int NoFreeGpu = 2;

    private readonly Vector128<int> _lanes;

    private PoolRow(Vector128<int> lanes) => _lanes = lanes;

    /// <summary>What a row has to reach in every lane to have room for the wish.</summary>
    public static Vector128<int> Needed(in Wish wish) => wish.Need.Lanes.WithElement(3, (NoFreeGpu + wish.Free) << StateShift);

    public static PoolRow Of(in Standing standing)
        => new(standing.Room.Lanes.WithElement(3, standing.Free < 0 ? Out : (NoFreeGpu + standing.Free) << StateShift | standing.WholeClass));

    public bool IsHole => _lanes[3] == Hole;

    /// <summary>The class among those of whole GPUs.</summary>
    public ushort WholeClass => (ushort)_lanes[3];

    /// <summary>The class among those of GPUs in part used.</summary>
    public ushort PartClass => NodeClass.OfPart(_lanes[2], WholeClass);

    public Headroom Room => Headroom.Of(_lanes);

    public bool Reaches(Vector128<int> needed) => !Vector128.GreaterThanAny(needed, _lanes);

    /// <summary>How much a wish likes the position, the best the lowest.</summary>
    public int RankFor(in Wish wish) => wish.RankOf(wish.IsPart ? PartClass : WholeClass);
}
