using System.Globalization;

namespace Pipeline.Functions.Yaml;

/// <summary>Durations as operators write them: a whole number and a unit, <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
internal static class Durations
{
    public const long Second = 1000;
    public const long Hour = 3600 * Second;
    public const long Day = 24 * Hour;

    public static Notation Notation { get; } = new("a duration such as 90s, 10m or 1h", TryParse, Text);

    private static readonly (string Suffix, long Milliseconds)[] Units =
        [("ms", 1), ("s", Second), ("m", 60 * Second), ("h", Hour), ("d", Day)];

    /// <returns>False also for what does not fit 64 bits of milliseconds.</returns>
    public static bool TryParse(string text, out long milliseconds)
    {
        milliseconds = 0;
        foreach (var (suffix, unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)
                || !long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                continue;
            if (count > long.MaxValue / unit)
                return false;
            milliseconds = count * unit;
            return true;
        }

        return false;
    }

    /// <summary>The shortest text with a whole number.</summary>
    public static string Text(long milliseconds)
    {
        var (suffix, unit) = Units.Last(u => milliseconds % u.Milliseconds == 0 && (milliseconds != 0 || u.Suffix == "s"));
        return $"{milliseconds / unit}{suffix}";
    }
}
