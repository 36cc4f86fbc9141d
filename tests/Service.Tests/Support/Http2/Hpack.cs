using System.Text;

namespace Pipeline.Hotpath.Tests.Support.Http2;

/// <summary>As much of RFC 7541 as a client needs that has told the server to remember nothing.</summary>
internal static class Hpack
{
    // Appendix A, from 1.
    private static readonly string[] StaticNames =
    [
        ":authority", ":method", ":method", ":path", ":path", ":scheme", ":scheme", ":status", ":status", ":status", ":status", ":status", ":status",
        ":status", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
        "authorization", "cache-control", "content-disposition", "content-encoding", "content-language", "content-length", "content-location",
        "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match", "if-modified-since",
        "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards", "proxy-authenticate",
        "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie", "strict-transport-security",
        "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
    ];

    private static readonly string[] Statuses = ["200", "204", "206", "304", "400", "404", "500"];

    public static byte[] Encode(params IEnumerable<(string Name, string Value)> fields)
        => [.. fields.SelectMany(field => (byte[])[0, .. Text(field.Name), .. Text(field.Value)])];

    public static List<(string Name, string Value)> Decode(ReadOnlySpan<byte> block)
    {
        var fields = new List<(string, string)>();
        while (!block.IsEmpty)
        {
            var first = block[0];
            if (first >= 0x80)
            {
                var index = Integer(ref block, 7);
                fields.Add((StaticNames[index - 1], Statuses[index - 8]));
            }
            else if (first is >= 0x20 and < 0x40)
            {
                Integer(ref block, 5);
            }
            else
            {
                var index = Integer(ref block, first >= 0x40 ? 6 : 4);
                fields.Add((index > 0 ? StaticNames[index - 1] : Text(ref block), Text(ref block)));
            }
        }

        return fields;
    }

    private static byte[] Text(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        return bytes.Length < 127 ? [(byte)bytes.Length, .. bytes] : [127, .. Rest(bytes.Length - 127), .. bytes];
    }

    private static IEnumerable<byte> Rest(int value)
    {
        for (; value >= 128; value /= 128)
            yield return (byte)((value % 128) | 128);
        yield return (byte)value;
    }

    private static string Text(ref ReadOnlySpan<byte> block)
    {
        Assert.True(block[0] < 0x80, "The server uses Huffman codes, which this client does not know.");
        var length = Integer(ref block, 7);
        var text = Encoding.Latin1.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static int Integer(ref ReadOnlySpan<byte> block, int prefix)
    {
        var mask = (1 << prefix) - 1;
        var value = block[0] & mask;
        block = block[1..];
        if (value < mask)
            return value;
        for (var shift = 0; ; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            value += (next & 127) << shift;
            if (next < 128)
                return value;
        }
    }
}
