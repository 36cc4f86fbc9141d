using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Topology;

/// <summary>What a node that changes its number of free GPUs does to <see cref="FreeCounts"/>, eight entries at a time.</summary>
internal readonly ref struct FreeChange
{
    private const int Lanes = 8;

    private readonly Vector256<int> _low;
    private readonly Vector256<int> _high;
    private readonly bool _grows;
    private readonly bool _wide;

    /// <param name="from">Free GPUs, or a negative number for a node that is not counted.</param>
    /// <param name="to">The same.</param>
    public FreeChange(int from, int to)
    {
        var (low, high) = (Vector256.Create(1, 2, 3, 4, 5, 6, 7, 8), Vector256.Create(9, 10, 11, 12, 13, 14, 15, 16));
        var (before, after) = (Vector256.Create(from), Vector256.Create(to));
        // A comparison that holds gives -1.
        _low = Vector256.LessThanOrEqual(low, before) - Vector256.LessThanOrEqual(low, after);
        _high = Vector256.LessThanOrEqual(high, before) - Vector256.LessThanOrEqual(high, after);
        _grows = to > from;
        _wide = Math.Max(from, to) > Lanes;
    }

    /// <summary>Changes a row of counts and, when they grow, the ceiling above it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref int counts, int row, ref int ceilings, int segment)
    {
        var (at, ceiling) = ((nuint)(row * FreeCounts.Width), (nuint)(segment * FreeCounts.Width));
        Apply(ref counts, at, ref ceilings, ceiling, _low);
        if (_wide)
            Apply(ref counts, at + Lanes, ref ceilings, ceiling + Lanes, _high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply(ref int counts, nuint at, ref int ceilings, nuint ceiling, Vector256<int> change)
    {
        var changed = Vector256.LoadUnsafe(ref counts, at) + change;
        changed.StoreUnsafe(ref counts, at);
        if (_grows)
            Vector256.Max(Vector256.LoadUnsafe(ref ceilings, ceiling), changed).StoreUnsafe(ref ceilings, ceiling);
    }
}
