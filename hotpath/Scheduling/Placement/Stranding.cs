using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// How many of a node's free GPUs its free CPU and memory cannot serve at the mix's usual CPU and memory per GPU, in steps of about a
/// quarter GPU: <see cref="Balanced"/> means GPUs, CPU and memory would run out together, more means GPUs will be stranded, less that
/// CPU and memory will be left over.
/// </summary>
/// <remarks>
/// The idea of preferring the placement that strands the least is that of fragmentation gradient descent (Weng et al., "Beware of
/// Fragmentation", USENIX ATC'23); this is a measure of it that needs two ratios of the mix instead of all its shapes, and that
/// counts what a node can still take as a whole instead of whether it can take one more of a shape.
/// </remarks>
internal static class Stranding
{
    public const int Bits = 5;
    public const int Max = (1 << Bits) - 1;
    public const int Balanced = 1 << (Bits - 1);

    // Half a GPU loses a good part of the gain; an eighth gains nothing and leaves fewer nodes in a class.
    private const int Shift = 8;
    private const int Half = 1 << (Shift - 1);

    // Beyond it a request is as lopsided as one can be.
    private const int MostTilt = 1 << 20;

    /// <param name="freeGpu">Milli-GPU.</param>
    /// <param name="served">Milli-GPU that CPU and memory suffice for.</param>
    public static int Of(int freeGpu, int served) => Math.Clamp(((freeGpu - served) >> Shift) + Balanced, 0, Max);

    /// <summary>Steps by which a workload shifts the stranding of its node: above 0 when it takes more CPU or memory per GPU than usual.</summary>
    /// <param name="served">Milli-GPU that its CPU and memory would serve.</param>
    /// <param name="gpu">Milli-GPU that it takes.</param>
    public static int Tilt(int served, int gpu) => (Math.Min(served, MostTilt) - gpu + Half) >> Shift;

    /// <summary>Steps of GPU that a workload strands on a node; below 0 when it takes GPUs that were stranded.</summary>
    public static int Cost(int stranding, int tilt)
        => Math.Max(0, stranding - Balanced + tilt) - Math.Max(0, stranding - Balanced);

    /// <summary>
    /// Of the strandings in <paramref name="rest"/> (bit i: stranding i), those that cost the least; they leave <paramref name="rest"/>.
    /// </summary>
    public static uint TakeCheapest(ref uint rest, int tilt)
    {
        uint cheapest;
        if (tilt == 0)
        {
            cheapest = rest;
        }
        else if (tilt > 0)
        {
            var lowest = BitOperations.TrailingZeroCount(rest);
            cheapest = lowest + tilt <= Balanced ? UpTo(Balanced - tilt) : lowest >= Balanced ? uint.MaxValue : 1u << lowest;
        }
        else
        {
            var highest = BitOperations.Log2(rest);
            cheapest = highest + tilt >= Balanced ? ~UpTo(Balanced - tilt - 1) : highest <= Balanced ? uint.MaxValue : 1u << highest;
        }
        cheapest &= rest;
        rest &= ~cheapest;
        return cheapest;
    }

    private static uint UpTo(int stranding) => uint.MaxValue >> (Max - stranding);
}
