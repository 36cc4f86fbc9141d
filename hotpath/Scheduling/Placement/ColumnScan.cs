using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// Best fit by looking at every position: what a search falls back to when the summaries mislead it, because its cost
/// is known beforehand. 32 positions at a time.
/// </summary>
internal static class ColumnScan
{
    /// <summary>Positions taken at a time; the columns' lengths are multiples of it.</summary>
    public const int Stride = 32;

    /// <summary>The lowest position among those with the fewest free whole GPUs, at least <paramref name="minFree"/>, that cover the need; or -1.</summary>
    public static int BestFit(in HeadroomColumns columns, int count, int minFree, in Headroom need)
    {
        ref var state = ref MemoryMarshal.GetArrayDataReference(columns.State);
        ref var cpu = ref MemoryMarshal.GetArrayDataReference(columns.Cpu);
        ref var memory = ref MemoryMarshal.GetArrayDataReference(columns.Memory);
        var least = (byte)(HeadroomColumns.NoFreeGpu + minFree);
        var leasts = Vector256.Create(least);
        var (cpus, memories) = (Vector256.Create(need.Cpu), Vector256.Create(need.Memory));
        var (best, bestState) = (-1, byte.MaxValue);
        for (var start = 0; start < count; start += Stride)
        {
            var states = Vector256.LoadUnsafe(ref state, (nuint)start);
            var candidates = Vector256.GreaterThanOrEqual(states, leasts).ExtractMostSignificantBits();
            if (candidates == 0)
                continue;
            candidates &= Covering(ref cpu, ref memory, start, cpus, memories);
            for (; candidates != 0; candidates &= candidates - 1)
            {
                var position = start + BitOperations.TrailingZeroCount(candidates);
                if (columns.State[position] >= bestState || columns.Share[position] < need.Share)
                    continue;
                (best, bestState) = (position, columns.State[position]);
                if (bestState == least)
                    return best;
            }
        }
        return best;
    }

    /// <summary>The same answer, one position at a time: the reference for the tests.</summary>
    public static int BestFitScalar(in HeadroomColumns columns, int count, int minFree, in Headroom need)
    {
        var best = -1;
        for (var position = 0; position < count; position++)
        {
            if (columns.State[position] < HeadroomColumns.NoFreeGpu + minFree || !columns[position].Covers(need))
                continue;
            if (best < 0 || columns.State[position] < columns.State[best])
                best = position;
        }
        return best;
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
