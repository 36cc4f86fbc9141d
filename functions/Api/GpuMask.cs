using System.Numerics;

namespace Pipeline.Functions.Api;

internal static class GpuMask
{
    /// <summary>GPU indexes of the set bits, ascending.</summary>
    public static int[] Indexes(uint mask)
    {
        var indexes = new int[BitOperations.PopCount(mask)];
        for (var i = 0; mask != 0; mask &= mask - 1)
            indexes[i++] = BitOperations.TrailingZeroCount(mask);
        return indexes;
    }
}
