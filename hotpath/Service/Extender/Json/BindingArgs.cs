using System.Buffers;
using System.Text.Json;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Extender.Json;

/// <summary><c>ExtenderBindingArgs</c>.</summary>
internal sealed class BindingArgs
{
    public string PodName { get; private set; } = "";

    public string PodNamespace { get; private set; } = "";

    public string PodUid { get; private set; } = "";

    public string Node { get; private set; } = "";

    /// <exception cref="RequestRefusedException">It is no such object; names the field.</exception>
    public static BindingArgs Read(ReadOnlySpan<byte> body)
    {
        var args = new BindingArgs();
        var reader = new Utf8JsonReader(body);
        JsonFields.ReadObject(ref reader, "", args, static (ref Utf8JsonReader value, string name, BindingArgs to) =>
        {
            switch (name)
            {
                case "PodName": to.PodName = JsonFields.ReadText(ref value, name); break;
                case "PodNamespace": to.PodNamespace = JsonFields.ReadText(ref value, name); break;
                case "PodUID": to.PodUid = JsonFields.ReadText(ref value, name); break;
                case "Node": to.Node = JsonFields.ReadText(ref value, name); break;
                default: value.Skip(); break;
            }
        });
        return args.PodUid.Length == 0 ? throw RequestRefusedException.InvalidArgument("PodUID", "must be present")
            : args.Node.Length == 0 ? throw RequestRefusedException.InvalidArgument("Node", "must be present")
            : args;
    }

    /// <summary><c>ExtenderBindingResult</c>.</summary>
    /// <param name="error">Empty: it is bound.</param>
    public static void WriteReply(IBufferWriter<byte> output, string error)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("Error"u8, error);
        writer.WriteEndObject();
    }
}
