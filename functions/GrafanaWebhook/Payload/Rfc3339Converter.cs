using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>RFC 3339 times as Unix milliseconds.</summary>
internal sealed class Rfc3339Converter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTimeOffset(out var time) || !HasOffset(ref reader))
            throw new JsonException();
        return time.ToUnixTimeMilliseconds();
    }

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => throw new NotSupportedException("Notifications are only read.");

    /// <summary>RFC 3339, section 5.6: a time without an offset is none; the parser would take it for this machine's local time.</summary>
    private static bool HasOffset(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return HasOffset(reader.ValueSpan);
        // Some writers escape the plus sign. A time is short, or the parser above had refused it.
        Span<byte> text = stackalloc byte[reader.ValueSpan.Length];
        return HasOffset(text[..reader.CopyString(text)]);
    }

    private static bool HasOffset(ReadOnlySpan<byte> text) => text is [.., (byte)'Z' or (byte)'z'] or [.., (byte)'+' or (byte)'-', _, _, (byte)':', _, _];
}
