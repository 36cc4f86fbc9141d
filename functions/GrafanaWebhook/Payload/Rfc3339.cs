using System.Text.Json;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>RFC 3339 times as Unix milliseconds.</summary>
internal static class Rfc3339
{
    /// <param name="json">At a value.</param>
    /// <param name="time">Unix milliseconds.</param>
    public static bool TryGet(ref Utf8JsonReader json, out long time)
    {
        time = 0;
        if (json.TokenType != JsonTokenType.String || !json.TryGetDateTimeOffset(out var value) || !HasOffset(ref json))
            return false;
        time = value.ToUnixTimeMilliseconds();
        return true;
    }

    /// <summary>Section 5.6: a time without an offset is none; the parser would take it for this machine's local time.</summary>
    private static bool HasOffset(ref Utf8JsonReader json)
    {
        if (!json.ValueIsEscaped)
            return HasOffset(json.ValueSpan);
        // Some writers escape the plus sign. A time is short, or the parser above had refused it.
        Span<byte> text = stackalloc byte[json.ValueSpan.Length];
        return HasOffset(text[..json.CopyString(text)]);
    }

    private static bool HasOffset(ReadOnlySpan<byte> text) => text is [.., (byte)'Z' or (byte)'z'] or [.., (byte)'+' or (byte)'-', _, _, (byte)':', _, _];
}
