using System.Globalization;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary><c>grpc-timeout</c>: at most 8 digits and a unit, one of H M S m u n (PROTOCOL-HTTP2.md, "Timeout").</summary>
internal static class GrpcTimeout
{
    // A timer cannot wait longer, and no caller does.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <returns>How long the caller waits; null for ever, which is also what a malformed value means.</returns>
    public static TimeSpan? Parse(string? text)
    {
        if (text?.Length is not (>= 2 and <= 9) || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return null;
        var ticks = text[^1] switch
        {
            'H' => value * TimeSpan.TicksPerHour,
            'M' => value * TimeSpan.TicksPerMinute,
            'S' => value * TimeSpan.TicksPerSecond,
            'm' => value * TimeSpan.TicksPerMillisecond,
            'u' => value * TimeSpan.TicksPerMicrosecond,
            'n' => value / TimeSpan.NanosecondsPerTick,
            _ => long.MaxValue,
        };
        return ticks <= Longest.Ticks ? TimeSpan.FromTicks(ticks) : null;
    }
}
