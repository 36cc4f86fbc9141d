using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>
/// Texts that came before, so that the same one is not made again: names of labels and most of their values are the same in each notification of
/// a rule, and in a storm making them is most of what a notification leaves to the garbage collector. Bounded: a text takes the place of another
/// one. Safe for all threads: what one of them misses because another writes is made anew.
/// </summary>
internal static class TextPool
{
    // 64 rules with 32 labels each.
    private const int Slots = 4_096;

    // Longer ones are descriptions, and rarely the same.
    private const int MaxBytes = 128;

    private static readonly string?[] Texts = new string?[Slots];

    /// <summary>The text at which the reader is; null where <see cref="Utf8JsonReader.GetString"/> is.</summary>
    /// <exception cref="InvalidOperationException">It is neither a text nor null, or its bytes are no text.</exception>
    public static string? Get(ref Utf8JsonReader json)
    {
        if (json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || json.ValueIsEscaped || json.ValueSpan.Length is 0 or > MaxBytes)
            return json.GetString();
        ref var slot = ref Texts[Hash(json.ValueSpan) % Slots];
        // Equal only when the bytes are ASCII, and then they are these characters.
        return slot is { } known && Ascii.Equals(json.ValueSpan, known) ? known : slot = json.GetString();
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = Mix(hash, MemoryMarshal.Read<ulong>(bytes));
        foreach (var octet in bytes)
            hash = Mix(hash, octet);
        return (uint)(hash >> 32);
    }

    private static ulong Mix(ulong hash, ulong value) => ((hash ^ value) * 0x9E3779B97F4A7C15UL) ^ (hash >> 29);
}
