using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Json;

/// <summary>What people have written into one object must not make the list of all unreadable.</summary>
internal sealed class NodeRepairStatusConverter : JsonConverter<NodeRepairStatus>
{
    public override NodeRepairStatus? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var start = reader;
        try
        {
            return JsonSerializer.Deserialize(ref reader, options.TypeInfo<NodeRepairStatus>());
        }
        catch (JsonException problem)
        {
            reader = start;
            reader.Skip();
            return new NodeRepairStatus { Problem = $"status{problem.Path?.TrimStart('$')}: cannot be read" };
        }
    }

    public override void Write(Utf8JsonWriter writer, NodeRepairStatus value, JsonSerializerOptions options)
        => JsonSerializer.Serialize(writer, value, options.TypeInfo<NodeRepairStatus>());
}
