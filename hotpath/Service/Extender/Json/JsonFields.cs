using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Extender.Json;

internal delegate void FieldReader<in T>(ref Utf8JsonReader value, string name, T state);

/// <summary>Reads JSON field by field, where most of an object is passed over. What is wrong is refused with the name of the field.</summary>
internal static class JsonFields
{
    private static readonly string[] Known = ["Pod", "Nodes", "NodeNames", "items", "metadata", "name", "PodName", "PodNamespace", "PodUID", "Node"];

    /// <param name="reader">On the object, or before the first token; then on its end.</param>
    /// <param name="path">Field that holds the object; empty: the whole body.</param>
    /// <param name="read">Reads or skips the value of a field; a field that nobody knows has an empty name.</param>
    public static void ReadObject<T>(ref Utf8JsonReader reader, string path, T state, FieldReader<T> read)
    {
        if (path.Length == 0)
            reader.Read();
        Expect(reader, JsonTokenType.StartObject, path);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = NameOf(reader);
            reader.Read();
            read(ref reader, name, state);
        }
    }

    public static void Expect(in Utf8JsonReader reader, JsonTokenType token, string path)
    {
        if (reader.TokenType != token)
        {
            throw RequestRefusedException.InvalidArgument(
                path.Length == 0 ? "body" : path, token == JsonTokenType.StartArray ? "must be an array" : "must be an object");
        }
    }

    public static string ReadText(ref Utf8JsonReader reader, string path)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw RequestRefusedException.InvalidArgument(path, "must be a string");
        }
        catch (InvalidOperationException)
        {
            throw RequestRefusedException.InvalidArgument(path, "has half a character");
        }
    }

    /// <param name="reader">On the pod; then on its end.</param>
    public static Pod ReadPod(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, string path)
    {
        Expect(reader, JsonTokenType.StartObject, path);
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        try
        {
            var pod = JsonSerializer.Deserialize(body[start..(int)reader.BytesConsumed], KubernetesJson.Options.TypeInfo<Pod>())!;
            return pod.Metadata.Uid.Length > 0 ? pod : throw RequestRefusedException.InvalidArgument($"{path}.metadata.uid", "must be present");
        }
        catch (JsonException exception)
        {
            throw RequestRefusedException.InvalidArgument($"{path}{exception.Path?[1..]}", "is not what core/v1 Pod has there");
        }
    }

    private static string NameOf(in Utf8JsonReader reader)
    {
        foreach (var name in Known)
        {
            if (reader.ValueTextEquals(name))
                return name;
        }

        return "";
    }
}
