using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>Values of an alert's queries. What is no number is left out: a fault must not be lost for an odd value beside it.</summary>
[JsonConverter(typeof(QueryValuesConverter))]
internal sealed class QueryValues(List<KeyValuePair<string, double>> values)
{
    public double? Find(string query)
    {
        foreach (var value in values)
        {
            if (value.Key == query)
                return value.Value;
        }

        return null;
    }
}

internal sealed class QueryValuesConverter : JsonConverter<QueryValues>
{
    public override QueryValues? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        var values = new List<KeyValuePair<string, double>>(2);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var query = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value))
                values.Add(new(query, value));
            else
                reader.Skip();
        }

        return new(values);
    }

    public override void Write(Utf8JsonWriter writer, QueryValues value, JsonSerializerOptions options) => throw new NotSupportedException("Notifications are only read.");
}
