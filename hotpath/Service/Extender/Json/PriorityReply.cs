using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pipeline.Hotpath.Extender.Json;

/// <summary><c>HostPriorityList</c>, a bare array.</summary>
internal static class PriorityReply
{
    /// <summary>MaxExtenderPriority of the contract.</summary>
    private const int Most = 10;

    private static readonly JsonEncodedText Host = JsonEncodedText.Encode("Host");
    private static readonly JsonEncodedText Score = JsonEncodedText.Encode("Score");

    /// <param name="best">Name of the node that is preferred; empty: none.</param>
    public static void Write(IBufferWriter<byte> output, ExtenderArgs args, string best)
    {
        using var writer = new Utf8JsonWriter(output);
        var chosen = Encoding.UTF8.GetBytes(best);
        writer.WriteStartArray();
        foreach (var name in new NameLines(args.Names.Span))
        {
            writer.WriteStartObject();
            writer.WriteString(Host, name);
            writer.WriteNumber(Score, name.SequenceEqual(chosen) ? Most : 0);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
