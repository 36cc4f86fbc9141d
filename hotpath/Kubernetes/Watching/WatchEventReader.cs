using System.Buffers;
using System.Text.Json;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Watching;

/// <summary>Decodes one line of a watch, <c>{"type":…,"object":{…}}</c>, without the fields that the model does not name.</summary>
internal static class WatchEventReader
{
    /// <exception cref="JsonException">The line is not an event.</exception>
    public static WatchEvent<T> Read<T>(in ReadOnlySequence<byte> line, ResourceKind<T> kind)
        where T : KubernetesObject
    {
        var reader = new Utf8JsonReader(line);
        // Which type the object has depends on the type of the event, so the object is read last even when it comes first.
        var item = default(Utf8JsonReader);
        var found = false;
        WatchEventType? type = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                type = ReadType(ref reader);
                continue;
            }

            if (reader.ValueTextEquals("object"u8))
            {
                item = reader;
                found = true;
                if (type is { } known)
                    return Finish(ref reader, known, kind);
            }

            reader.Skip();
        }

        return type is { } late && found ? Finish(ref item, late, kind) : throw new JsonException("An event has a type and an object.");
    }

    private static WatchEvent<T> Finish<T>(ref Utf8JsonReader reader, WatchEventType type, ResourceKind<T> kind)
        where T : KubernetesObject
    {
        Expect(ref reader, JsonTokenType.StartObject);
        switch (type)
        {
            case WatchEventType.Error:
                return new(type, null, null, JsonSerializer.Deserialize(ref reader, KubernetesJson.Options.TypeInfo<Status>()));
            case WatchEventType.Bookmark:
                var mark = JsonSerializer.Deserialize(ref reader, KubernetesJson.TrimmedOptions.TypeInfo<PartialObject>())!;
                return new(type, null, VersionOf(mark), null);
            default:
                var item = JsonSerializer.Deserialize(ref reader, kind.TrimmedItem)!;
                return new(type, item, VersionOf(item), null);
        }
    }

    private static WatchEventType ReadType(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.String);
        if (reader.ValueTextEquals("MODIFIED"u8))
            return WatchEventType.Modified;
        if (reader.ValueTextEquals("ADDED"u8))
            return WatchEventType.Added;
        if (reader.ValueTextEquals("DELETED"u8))
            return WatchEventType.Deleted;
        if (reader.ValueTextEquals("BOOKMARK"u8))
            return WatchEventType.Bookmark;
        if (reader.ValueTextEquals("ERROR"u8))
            return WatchEventType.Error;
        throw new JsonException($"The event type '{reader.GetString()}' is unknown.");
    }

    private static string VersionOf(KubernetesObject item)
        => item.Metadata.ResourceVersion is { Length: > 0 } version ? version : throw new JsonException("An object of a watch has a metadata.resourceVersion.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new JsonException($"Expected {type}, found {reader.TokenType}.");
    }
}
