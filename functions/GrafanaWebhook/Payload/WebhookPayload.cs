namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>
/// What this product reads of a notification: Grafana's webhook (version 1) and Alertmanager's (version 4) share it. Everything else is skipped.
/// </summary>
internal sealed class WebhookPayload
{
    public string? Version { get; set; }

    /// <summary>Those that can be used.</summary>
    public List<WebhookAlert>? Alerts { get; set; }

    /// <summary>What is wrong with the others.</summary>
    public AlertProblems Problems { get; } = new();

    public long? TruncatedAlerts { get; set; }
}

internal sealed class WebhookAlert
{
    public string? Status { get; set; }

    public LabelSet? Labels { get; set; }

    public LabelSet? Annotations { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long StartsAt { get; set; }

    public string? Fingerprint { get; set; }

    /// <summary>Grafana only: the value of each query by its name.</summary>
    public QueryValues? Values { get; set; }

    /// <summary>What is wrong with it, beginning with the field; null: it can be used.</summary>
    public string? Problem => this switch
    {
        { Fingerprint: null or "" } => "fingerprint: is missing",
        { Status: null } => "status: is missing",
        { Status: not ("firing" or "resolved") } => "status: must be \"firing\" or \"resolved\"",
        { StartsAt: <= 0 } => "startsAt: is missing or zero",
        _ => null,
    };
}
