using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The best position by looking at every one: what a search falls back to when the summaries mislead it, because its cost
/// is known beforehand. Four positions at a time.
/// </summary>
internal static class RowScan
{
    /// <summary>Positions taken at a time; the rows' capacity is a multiple of it.</summary>
    public const int Stride = 4;

    /// <summary>The position that the wish ranks best, the lowest of several; or -1.</summary>
    public static int BestFit(PoolRows rows, int count, in Wish wish)
    {
        ref var lanes = ref Unsafe.As<PoolRow, int>(ref MemoryMarshal.GetArrayDataReference(rows.Row));
        var one = PoolRow.Needed(wish);
        var needed = Vector256.Create(one, one);
        var (best, bestRank) = (-1, int.MaxValue);
        for (var start = 0; start < count; start += Stride)
        {
            var at = (nuint)start * 4;
            // Four bits for each of two rows; those that lack nothing are zero.
            var lower = Vector256.GreaterThan(needed, Vector256.LoadUnsafe(ref lanes, at)).ExtractMostSignificantBits();
            var upper = Vector256.GreaterThan(needed, Vector256.LoadUnsafe(ref lanes, at + 8)).ExtractMostSignificantBits();
            var lacks = lower | upper << 8;
            if (((lacks - 0x1111) & ~lacks & 0x8888) == 0)
                continue;
            for (var row = 0; row < Stride; row++)
            {
                if ((lacks >> (4 * row) & 0xF) == 0)
                    Consider(rows, start + row, wish, ref best, ref bestRank);
            }
        }
        return best;
    }

    /// <summary>The same answer, one position at a time: the reference for the tests.</summary>
    public static int BestFitScalar(PoolRows rows, int count, in Wish wish)
    {
        var (best, bestRank) = (-1, int.MaxValue);
        for (var position = 0; position < count; position++)
        {
            if (rows.Row[position].Reaches(PoolRow.Needed(wish)))
                Consider(rows, position, wish, ref best, ref bestRank);
        }
        return best;
    }

    private static void Consider(PoolRows rows, int position, in Wish wish, ref int best, ref int bestRank)
    {
        var rank = rows.Row[position].RankFor(wish);
        if (rank < bestRank && wish.Accepts(rows.Node[position]))
            (best, bestRank) = (position, rank);
    }
}
