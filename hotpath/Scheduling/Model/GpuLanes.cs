using System.Runtime.Intrinsics;

namespace Pipeline.Scheduling.Model;

/// <summary>
/// A number for each of the <see cref="NodeTable.MaxGpus"/> GPUs of a node, looked at all at once: a loop over those that a workload takes
/// has as many turns as the workload has GPUs, which the processor cannot foresee.
/// </summary>
internal static class GpuLanes
{
    // Few nodes have more GPUs, and the second half of a node lies across two cache lines.
    private const int Half = 8;

    private static readonly Vector256<int> LowBits = Vector256.Create(1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7);
    private static readonly Vector256<int> HighBits = LowBits << Half;

    /// <summary>Adds the amount for each GPU of the mask.</summary>
    public static void Add(Span<int> lanes, uint gpus, int amount)
    {
        var (mask, added) = (Vector256.Create((int)gpus), Vector256.Create(amount));
        (Low(lanes) + (Vector256.Equals(mask & LowBits, LowBits) & added)).CopyTo(lanes);
        if (gpus >= 1 << Half)
            (High(lanes) + (Vector256.Equals(mask & HighBits, HighBits) & added)).CopyTo(lanes[Half..]);
    }

    /// <summary>Those GPUs of the mask whose number is below the limit.</summary>
    public static uint Below(ReadOnlySpan<int> lanes, uint gpus, int limit)
    {
        var limits = Vector256.Create(limit);
        var below = Vector256.LessThan(Low(lanes), limits).ExtractMostSignificantBits();
        if (gpus >= 1 << Half)
            below |= Vector256.LessThan(High(lanes), limits).ExtractMostSignificantBits() << Half;
        return below & gpus;
    }

    private static Vector256<int> Low(ReadOnlySpan<int> lanes) => Vector256.Create(lanes);

    private static Vector256<int> High(ReadOnlySpan<int> lanes) => Vector256.Create(lanes[Half..]);
}
