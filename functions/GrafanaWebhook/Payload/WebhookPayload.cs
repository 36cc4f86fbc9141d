using System.Text.Json.Serialization;

namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>
/// What this product reads of a notification: Grafana's webhook (version 1) and Alertmanager's (version 4) share it. Everything else is skipped.
/// </summary>
internal sealed class WebhookPayload
{
    [JsonPropertyName("version")]
    public string? Version { get; set; }

    [JsonPropertyName("alerts")]
    public List<WebhookAlert?>? Alerts { get; set; }

    [JsonPropertyName("truncatedAlerts")]
    public long? TruncatedAlerts { get; set; }
}

internal sealed class WebhookAlert
{
    [JsonPropertyName("status")]
    public string? Status { get; set; }

    [JsonPropertyName("labels")]
    public LabelSet? Labels { get; set; }

    [JsonPropertyName("annotations")]
    public LabelSet? Annotations { get; set; }

    /// <summary>Unix milliseconds.</summary>
    [JsonPropertyName("startsAt")]
    [JsonConverter(typeof(Rfc3339Converter))]
    public long StartsAt { get; set; }

    [JsonPropertyName("fingerprint")]
    public string? Fingerprint { get; set; }

    /// <summary>Grafana only: the value of each query by its name.</summary>
    [JsonPropertyName("values")]
    public QueryValues? Values { get; set; }
}
