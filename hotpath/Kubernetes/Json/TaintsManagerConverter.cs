using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Kubernetes.Json;

/// <summary>
/// Reads in <c>managedFields</c> who wrote a node's taints last: the list is replaced as a whole (core/v1 NodeSpec, <c>listType=atomic</c>),
/// so whose entry has <c>f:spec</c>, <c>f:taints</c> (meta/v1 FieldsV1) wrote all of it. Null where nobody owns them or it is not to be read.
/// </summary>
internal sealed class TaintsManagerConverter : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }

        string? owner = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var fields = reader;
            var manager = reader;
            if (Find(ref fields, "fieldsV1"u8) && Find(ref fields, "f:spec"u8) && Find(ref fields, "f:taints"u8)
                && Find(ref manager, "manager"u8) && manager.TokenType == JsonTokenType.String)
                owner = manager.GetString();
            reader.Skip();
        }

        return owner;
    }

    /// <summary>What the server has of it stays when a write says nothing.</summary>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteNullValue();

    /// <summary>Goes from an object to the value of one of its members.</summary>
    private static bool Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
                return true;
            reader.Skip();
        }

        return false;
    }
}
