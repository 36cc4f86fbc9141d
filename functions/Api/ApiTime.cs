using System.Globalization;

namespace Pipeline.Functions.Api;

/// <summary>Times as the API writes them.</summary>
internal static class ApiTime
{
    /// <summary>ISO 8601, UTC, milliseconds; null for 0, which the contracts use for "never".</summary>
    public static string? Iso(long unixMilliseconds) => unixMilliseconds == 0 ? null : Iso(DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds));

    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
