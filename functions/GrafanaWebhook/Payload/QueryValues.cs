namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>Values of an alert's queries. What is no number is left out: a fault must not be lost for an odd value beside it.</summary>
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
