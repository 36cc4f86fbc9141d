namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>
/// Draws that depend only on the seed, on what is drawn and for whom: neither the order of calls nor a restart changes them.
/// FNV-1a over the name, finished with SplitMix64's mixer (Steele, Lea, Flood 2014).
/// </summary>
internal static class Dice
{
    /// <summary>A number in [0, 1).</summary>
    public static double Fraction(ulong seed, string purpose, ulong subject)
        => ToFraction(Mix(Hash(Mix(seed) ^ subject, purpose) + subject));

    /// <inheritdoc cref="Fraction(ulong, string, ulong)"/>
    public static double Fraction(ulong seed, string purpose, string subject)
        => ToFraction(Mix(Hash(Hash(Mix(seed), purpose), subject)));

    public static TimeSpan Between(TimeSpan low, TimeSpan high, double fraction) => low + (high - low) * fraction;

    private static double ToFraction(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    private static ulong Hash(ulong start, string text)
    {
        var hash = start ^ 0xCBF29CE484222325;
        foreach (var character in text)
            hash = (hash ^ character) * 0x100000001B3;
        return hash;
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
        value = (value ^ value >> 27) * 0x94D049BB133111EB;
        return value ^ value >> 31;
    }
}
