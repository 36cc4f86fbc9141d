using System.Globalization;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>Memory in MiB, written as Kubernetes writes it: a whole number and <c>Mi</c>, <c>Gi</c> or <c>Ti</c>.</summary>
internal static class MemorySizes
{
    private static readonly (string Suffix, long Mib)[] Units = [("Mi", 1), ("Gi", 1L << 10), ("Ti", 1L << 20)];

    public static Notation Notation { get; } = new("an amount of memory such as 512Mi, 64Gi or 2Ti", TryParse, Text);

    public static bool TryParse(string text, out long mib)
    {
        mib = 0;
        foreach (var (suffix, unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)
                || !long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                continue;
            if (count > long.MaxValue / unit)
                return false;
            mib = count * unit;
            return true;
        }

        return false;
    }

    /// <summary>The shortest text with a whole number.</summary>
    public static string Text(long mib)
    {
        var (suffix, unit) = Units.Last(u => mib % u.Mib == 0 && (mib != 0 || u.Mib == 1));
        return $"{mib / unit}{suffix}";
    }
}
