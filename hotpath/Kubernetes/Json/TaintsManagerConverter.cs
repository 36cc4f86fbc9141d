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
            var entry = reader;
            if (JsonPath.Enter(ref reader, "fieldsV1"u8) && JsonPath.Enter(ref reader, "f:spec"u8) && JsonPath.Enter(ref reader, "f:taints"u8))
                owner = ManagerOf(entry) ?? owner;
            while (reader.CurrentDepth > entry.CurrentDepth)
                reader.Read();
            // What is no object was not entered.
            reader.Skip();
        }

        return owner;
    }

    /// <summary>What the server has of it stays when a write says nothing.</summary>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteNullValue();

    private static string? ManagerOf(Utf8JsonReader entry)
        => JsonPath.Enter(ref entry, "manager"u8) && entry.TokenType == JsonTokenType.String ? entry.GetString() : null;
}
