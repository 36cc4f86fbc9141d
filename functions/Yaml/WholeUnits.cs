using System.Globalization;

namespace Pipeline.Functions.Yaml;

/// <summary>Whole numbers with a unit behind them, such as <c>10m</c> or <c>64Gi</c>.</summary>
/// <param name="zero">The unit that 0 is written in.</param>
/// <param name="units">What is written, and what one of it counts for; from the smallest to the largest.</param>
internal sealed class WholeUnits(string zero, params (string Suffix, long Size)[] units)
{
    /// <returns>False also for what does not fit 64 bits.</returns>
    public bool TryParse(string text, out long amount)
    {
        amount = 0;
        foreach (var (suffix, size) in units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal)
                || !long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                continue;
            if (count > long.MaxValue / size)
                return false;
            amount = count * size;
            return true;
        }

        return false;
    }

    /// <summary>The shortest text with a whole number.</summary>
    public string Text(long amount)
    {
        var (suffix, size) = amount == 0 ? (zero, 1) : units.Last(unit => amount % unit.Size == 0);
        return $"{amount / size}{suffix}";
    }
}
