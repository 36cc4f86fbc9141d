namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>Labels or annotations, sorted by name. An alert has about ten, so a search through all beats a hash table.</summary>
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
