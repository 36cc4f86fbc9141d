using System.Globalization;
using System.Text;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary><c>grpc-message</c>: UTF-8, all but 0x20 to 0x7E percent-encoded, and <c>%</c> itself (PROTOCOL-HTTP2.md, "Status-Message").</summary>
internal static class PercentEncoding
{
    /// <summary>A client refuses longer headers, and then it has not even the status.</summary>
    public const int MaxLength = 4096;

    public static string Encode(string message)
    {
        if (message.Length <= MaxLength && !message.AsSpan().ContainsAnyExceptInRange(' ', '~') && !message.Contains('%'))
            return message;
        var encoded = new StringBuilder(message.Length + 16);
        foreach (var rune in message.EnumerateRunes())
        {
            var before = encoded.Length;
            Append(encoded, rune);
            if (encoded.Length <= MaxLength)
                continue;
            encoded.Length = before;
            break;
        }

        return encoded.ToString();
    }

    private static void Append(StringBuilder encoded, Rune rune)
    {
        if (rune.Value is >= ' ' and <= '~' and not '%')
        {
            encoded.Append((char)rune.Value);
            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        foreach (var octet in bytes[..rune.EncodeToUtf8(bytes)])
            encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
    }
}
