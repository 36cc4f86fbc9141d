using System.Numerics;
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

    /// <summary>The GPUs of the mask that workloads may get, of which nothing is used; see <see cref="OpenOf"/>.</summary>
    public static uint Open(ReadOnlySpan<int> lanes, uint healthy, int count) => OpenOf(Unused(lanes, count), healthy, count);

    /// <summary>GPUs of which nothing is used, those beyond the node's own as well.</summary>
    /// <param name="count">GPUs that the node has.</param>
    public static uint Unused(ReadOnlySpan<int> lanes, int count) => Below(lanes, AllOf(count), 1);

    /// <summary>
    /// A device plugin tells how many GPUs it has left and not which: what is in use beyond that number is one of those that it counts, and so
    /// many fewer are open.
    /// </summary>
    public static uint OpenOf(uint unused, uint healthy, int count)
    {
        var open = unused & healthy;
        for (var beyond = Beyond(count) & ~unused; beyond != 0 && open != 0; beyond &= beyond - 1)
            open &= ~(1u << BitOperations.Log2(open));
        return open;
    }

    /// <summary>How many are open; below 0 how many must be left by their workloads before one is.</summary>
    public static int Spare(ReadOnlySpan<int> lanes, uint healthy, int count)
    {
        var unused = Unused(lanes, count);
        return BitOperations.PopCount(unused & healthy) - BitOperations.PopCount(Beyond(count) & ~unused);
    }

    /// <summary>Those that the node does not have, of which workloads may still use some.</summary>
    public static uint Beyond(int count) => AllOf(count) & ~((1u << count) - 1);

    private static uint AllOf(int count) => count <= Half ? (1u << Half) - 1 : (1u << NodeTable.MaxGpus) - 1;

    private static Vector256<int> Low(ReadOnlySpan<int> lanes) => Vector256.Create(lanes);

    private static Vector256<int> High(ReadOnlySpan<int> lanes) => Vector256.Create(lanes[Half..]);
}
