namespace Pipeline.Simulation.Tests.Core;

/// <summary>All chance of one world. SplitMix64 (Steele, Lea, Flood 2014): a seed means the same draws on every platform.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed * 0x9E37_79B9_7F4A_7C15 + 0x1234_5678_9ABC_DEF1;

    public ulong Next()
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        var bits = _state;
        bits = (bits ^ (bits >> 30)) * 0xBF58_476D_1CE4_E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D0_49BB_1331_11EB;
        return bits ^ (bits >> 31);
    }

    /// <summary>A number from 0 up to, and without, <paramref name="below"/>.</summary>
    public int Below(int below) => (int)(Next() % (ulong)below);

    /// <summary>A number of the closed range.</summary>
    public long Between(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    /// <summary>True with this probability, 0 to 1.</summary>
    public bool Hits(double probability) => probability > 0 && (Next() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Of<T>(params ReadOnlySpan<T> items) => items[Below(items.Length)];

    /// <summary>Mostly short, now and then long: small latencies with a tail up to <paramref name="longest"/> ms.</summary>
    public long Latency(long usual, long longest) => Hits(0.05) ? Between(usual, Math.Max(usual, longest)) : Between(0, usual);
}
