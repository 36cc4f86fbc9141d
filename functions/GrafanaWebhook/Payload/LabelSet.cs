using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>Labels or annotations, sorted by name. An alert has about ten, so a search through all beats a hash table.</summary>
[JsonConverter(typeof(LabelSetConverter))]
internal sealed class LabelSet
{
    private readonly List<KeyValuePair<string, string>> _pairs;

    public LabelSet(List<KeyValuePair<string, string>> pairs)
    {
        _pairs = pairs;
        // Go writes maps sorted, so there mostly is nothing to do.
        for (var i = 1; i < pairs.Count; i++)
        {
            if (string.CompareOrdinal(pairs[i - 1].Key, pairs[i].Key) > 0)
            {
                pairs.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
                break;
            }
        }
    }

    public static LabelSet Empty { get; } = new([]);

    public IReadOnlyList<KeyValuePair<string, string>> Pairs => _pairs;

    /// <summary>The value, or null. An empty value is an absent label, as in Prometheus.</summary>
    public string? Find(string name)
    {
        foreach (var pair in _pairs)
        {
            if (pair.Key == name)
                return pair.Value.Length > 0 ? pair.Value : null;
        }

        return null;
    }
}

internal sealed class LabelSetConverter : JsonConverter<LabelSet>
{
    // The smallest list that holds an ordinary alert's labels without growing.
    private const int UsualCount = 8;

    public override LabelSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException();
        var pairs = new List<KeyValuePair<string, string>>(UsualCount);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
                pairs.Add(new(name, reader.GetString()!));
            else if (reader.TokenType != JsonTokenType.Null)
                throw new JsonException();
        }

        return new(pairs);
    }

    public override void Write(Utf8JsonWriter writer, LabelSet value, JsonSerializerOptions options) => throw new NotSupportedException("Notifications are only read.");
}
