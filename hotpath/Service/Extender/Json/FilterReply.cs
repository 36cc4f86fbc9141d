using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Extender.Json;

/// <summary><c>ExtenderFilterResult</c>: names were sent, names are answered; nodes were sent, the same bytes are.</summary>
internal static class FilterReply
{
    private static readonly JsonEncodedText Nodes = JsonEncodedText.Encode("Nodes");
    private static readonly JsonEncodedText NodeNames = JsonEncodedText.Encode("NodeNames");
    private static readonly JsonEncodedText FailedNodes = JsonEncodedText.Encode("FailedNodes");
    private static readonly JsonEncodedText FailedForGood = JsonEncodedText.Encode("FailedAndUnresolvableNodes");
    // The structure is written here, and thousands of names need not be checked against it.
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    /// <summary>
    /// The one node; or no node, and why none of them. Why not the others would take hundreds of kilobytes a pod, and kube-scheduler looks
    /// at it only when no node is left (findNodesThatPassExtenders).
    /// </summary>
    public static void Write(IBufferWriter<byte> output, ExtenderArgs args, NominateReply reply)
    {
        using var writer = new Utf8JsonWriter(output, Unchecked);
        writer.WriteStartObject();
        var chosen = Encoding.UTF8.GetBytes(reply.Node);
        WriteNodes(writer, args, name => name.SequenceEqual(chosen));
        WriteFailed(writer, args, reply);
        writer.WriteString("Error"u8, ""u8);
        writer.WriteEndObject();
    }

    /// <summary>All of the nodes: the pod is none of ours.</summary>
    public static void WriteAll(IBufferWriter<byte> output, ExtenderArgs args)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        WriteNodes(writer, args, static _ => true);
        writer.WriteNull(FailedNodes);
        writer.WriteNull(FailedForGood);
        writer.WriteString("Error"u8, ""u8);
        writer.WriteEndObject();
    }

    public static void WriteError(IBufferWriter<byte> output, string error)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteNull(Nodes);
        writer.WriteNull(NodeNames);
        writer.WriteNull(FailedNodes);
        writer.WriteNull(FailedForGood);
        writer.WriteString("Error"u8, error);
        writer.WriteEndObject();
    }

    private delegate bool Choice(ReadOnlySpan<byte> name);

    private static void WriteNodes(Utf8JsonWriter writer, ExtenderArgs args, Choice chosen)
    {
        writer.WriteNull(args.NamesOnly ? Nodes : NodeNames);
        if (args.NamesOnly)
        {
            writer.WriteStartArray(NodeNames);
        }
        else
        {
            writer.WriteStartObject(Nodes);
            writer.WriteStartObject("metadata"u8);
            writer.WriteEndObject();
            writer.WriteStartArray("items"u8);
        }

        var position = 0;
        foreach (var name in new NameLines(args.Names.Span))
        {
            if (chosen(name))
            {
                if (args.NamesOnly)
                    writer.WriteStringValue(name);
                else
                    writer.WriteRawValue(args.NodeAt(position), skipInputValidation: true);
            }

            position++;
        }

        writer.WriteEndArray();
        if (!args.NamesOnly)
            writer.WriteEndObject();
    }

    private static void WriteFailed(Utf8JsonWriter writer, ExtenderArgs args, NominateReply reply)
    {
        JsonEncodedText? detail = reply.Detail.Length > 0 ? JsonEncodedText.Encode(reply.Detail) : null;
        WriteFailed(writer, FailedNodes, args, reply, detail, curable: true);
        WriteFailed(writer, FailedForGood, args, reply, detail, curable: false);
    }

    private static void WriteFailed(
        Utf8JsonWriter writer, JsonEncodedText field, ExtenderArgs args, NominateReply reply, JsonEncodedText? detail, bool curable)
    {
        writer.WriteStartObject(field);
        var position = 0;
        // There are verdicts only when there is no node.
        foreach (var name in new NameLines(reply.Verdicts.Count > 0 ? args.Names.Span : []))
        {
            var verdict = reply.Verdicts[position++];
            if (VerdictText.IsCurable(verdict) == curable)
                writer.WriteString(name, VerdictText.Of(verdict, detail));
        }

        writer.WriteEndObject();
    }
}
