using System.Globalization;
using System.Text;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>The percent-encoding of <c>grpc-message</c> (doc/PROTOCOL-HTTP2.md): UTF-8, with what is not printable ASCII as %XX.</summary>
internal static class PercentText
{
    /// <summary>Never fails: what is no encoding stays as it is, since a damaged message is better than none.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%'))
            return text;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                bytes[length++] = octet;
                i += 2;
            }
            else
            {
                length += Encoding.UTF8.GetBytes(text.AsSpan(i, 1), bytes.AsSpan(length));
            }
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
