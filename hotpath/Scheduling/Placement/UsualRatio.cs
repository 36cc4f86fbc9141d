using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// A learned amount per GPU, held in steps of 2^(1/8) (9 %) and changed only when the truth is clearly outside the step: every change
/// re-sorts all nodes, and the rule does as well anywhere between 0.7 and 1.1 of the truth.
/// </summary>
internal static class UsualRatio
{
    /// <summary>Nothing learned, or nothing asked for.</summary>
    public const int None = -1;

    // Amounts up to 2^40.
    private const int MaxStep = 41 * 8;

    // 1024 * 2^(i/8).
    private static readonly int[] Steps = [1024, 1117, 1218, 1328, 1448, 1579, 1722, 1878];

    /// <summary>The step that holds <paramref name="amount"/> (below 2^40), or the one before it when that is as good.</summary>
    public static int Next(int step, long amount)
    {
        if (amount <= 0)
            return None;
        // 3 % below a step is no reason to leave it.
        var keep = step != None && amount * 33 >= ValueOf(step) * 32 && amount < ValueOf(step + 1);
        return keep ? step : StepOf(amount);
    }

    /// <summary>A step that <see cref="Next"/> can give, or <see cref="None"/>.</summary>
    public static bool IsStep(int step) => step is >= None and < MaxStep;

    /// <summary>Amount per GPU; at least 1.</summary>
    public static long ValueOf(int step) => ((long)Steps[step & 7] << (step >> 3)) >> 10;

    private static int StepOf(long amount)
    {
        var octave = BitOperations.Log2((ulong)amount);
        var step = octave << 3;
        while (step < (octave << 3) + 7 && ValueOf(step + 1) <= amount)
            step++;
        return step;
    }
}
