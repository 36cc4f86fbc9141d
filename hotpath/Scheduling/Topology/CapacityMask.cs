using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Topology;

/// <summary>Works out one capacity of many rows of <see cref="FreeCounts"/>: it keeps the entries that the capacity is the sum of.</summary>
internal readonly ref struct CapacityMask
{
    private const int Lanes = 8;

    private readonly Vector256<int> _low;
    private readonly Vector256<int> _high;

    /// <param name="gpus">Whole GPUs of a member, 1 or more.</param>
    public CapacityMask(int gpus)
    {
        Span<int> entries = stackalloc int[FreeCounts.Width];
        entries.Clear();
        for (var entry = gpus - 1; entry < entries.Length; entry += gpus)
            entries[entry] = -1;
        (_low, _high) = (Vector256.Create<int>(entries), Vector256.Create<int>(entries[Lanes..]));
    }

    /// <summary>The same as <see cref="FreeCounts.Capacity"/>.</summary>
    /// <param name="rows">Counts, <see cref="FreeCounts.Width"/> a row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Capacity(ReadOnlySpan<int> rows, int row)
    {
        ref var counts = ref MemoryMarshal.GetReference(rows);
        var at = (nuint)(row * FreeCounts.Width);
        return Vector256.Sum((Vector256.LoadUnsafe(ref counts, at) & _low) + (Vector256.LoadUnsafe(ref counts, at + Lanes) & _high));
    }
}
