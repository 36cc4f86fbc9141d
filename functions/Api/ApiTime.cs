using System.Globalization;

namespace Pipeline.Functions.Api;

/// <summary>Times as the API writes them.</summary>
internal static class ApiTime
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>ISO 8601, UTC, milliseconds; null for 0, which the contracts use for "never".</summary>
    /// <remarks>One time that no calendar has must not hide the list that it stands in.</remarks>
    public static string? Iso(long unixMilliseconds) =>
        unixMilliseconds == 0 ? null : Iso(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(unixMilliseconds, Earliest, Latest)));

    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
