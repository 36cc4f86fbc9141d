namespace Pipeline.Scheduling;

/// <summary>
/// Whose turn it is where a decision takes on a part only. The turns depend on nothing that a restored state does not have.
/// </summary>
internal static class Rotation
{
    // 2^64 over the golden ratio: spreads times that have a common factor, as those of a timer (Knuth, "The Art of Computer Programming", 6.4).
    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;

    /// <returns>A number that is another one with each time, evenly over all of 32 bits.</returns>
    public static uint At(long time) => (uint)((ulong)time * Spread >> 32);
}
