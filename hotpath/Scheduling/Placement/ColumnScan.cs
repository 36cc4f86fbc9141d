using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The best position by looking at every one: what a search falls back to when the summaries mislead it, because its cost
/// is known beforehand. 32 positions at a time.
/// </summary>
internal static class ColumnScan
{
    /// <summary>Positions taken at a time; the columns' lengths are multiples of it.</summary>
    public const int Stride = 32;

    /// <summary>The position that the wish ranks best, the lowest of several; or -1.</summary>
    public static int BestFit(NodeColumns columns, int count, in Wish wish)
    {
        ref var state = ref MemoryMarshal.GetArrayDataReference(columns.State);
        ref var cpu = ref MemoryMarshal.GetArrayDataReference(columns.Cpu);
        ref var memory = ref MemoryMarshal.GetArrayDataReference(columns.Memory);
        var leasts = Vector256.Create((byte)(NodeColumns.NoFreeGpu + wish.Free));
        var (cpus, memories) = (Vector256.Create(wish.Need.Cpu), Vector256.Create(wish.Need.Memory));
        var (best, bestRank) = (-1, int.MaxValue);
        for (var start = 0; start < count; start += Stride)
        {
            var states = Vector256.LoadUnsafe(ref state, (nuint)start);
            var candidates = Vector256.GreaterThanOrEqual(states, leasts).ExtractMostSignificantBits();
            if (candidates == 0)
                continue;
            candidates &= Covering(ref cpu, ref memory, start, cpus, memories);
            for (; candidates != 0; candidates &= candidates - 1)
                Consider(columns, start + BitOperations.TrailingZeroCount(candidates), wish, ref best, ref bestRank);
        }
        return best;
    }

    /// <summary>The same answer, one position at a time: the reference for the tests.</summary>
    public static int BestFitScalar(NodeColumns columns, int count, in Wish wish)
    {
        var (best, bestRank) = (-1, int.MaxValue);
        for (var position = 0; position < count; position++)
        {
            if (columns.State[position] >= NodeColumns.NoFreeGpu + wish.Free && columns.RoomAt(position).Covers(wish.Need))
                Consider(columns, position, wish, ref best, ref bestRank);
        }
        return best;
    }

    private static void Consider(NodeColumns columns, int position, in Wish wish, ref int best, ref int bestRank)
    {
        if (columns.Share[position] < wish.Need.Share)
            return;
        var rank = columns.RankAt(position, wish);
        if (rank < bestRank && wish.Accepts(columns.Node[position]))
            (best, bestRank) = (position, rank);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Covering(ref int cpu, ref int memory, int start, Vector256<int> cpus, Vector256<int> memories)
    {
        uint covering = 0;
        for (var lane = 0; lane < Stride; lane += Vector256<int>.Count)
        {
            var at = (nuint)(start + lane);
            var both = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref cpu, at), cpus)
                & Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref memory, at), memories);
            covering |= both.ExtractMostSignificantBits() << lane;
        }
        return covering;
    }
}
