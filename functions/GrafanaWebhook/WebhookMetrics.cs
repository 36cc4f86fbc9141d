using System.Diagnostics.Metrics;
using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook.Authentication;

namespace Pipeline.Functions.GrafanaWebhook;

/// <summary>Instruments of the webhook. Every tag is one of a closed set.</summary>
public sealed class WebhookMetrics
{
    public const string MeterName = "Pipeline.Functions";

    private readonly Counter<long> _requests;
    private readonly Counter<long> _alerts;
    private readonly Counter<long> _truncated;
    private readonly Counter<long> _shortened;
    private readonly Counter<long> _authFailures;
    private readonly Histogram<double> _duration;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>("pipeline.webhook.requests", "{request}", "Calls of the webhook by outcome.");
        _alerts = meter.CreateCounter<long>("pipeline.webhook.alerts", "{alert}", "Alerts by what became of them.");
        _truncated = meter.CreateCounter<long>("pipeline.webhook.truncated_alerts", "{alert}", "Alerts that the sender left out: faults nobody sees.");
        _shortened = meter.CreateCounter<long>("pipeline.webhook.shortened_alerts", "{alert}", "Alerts of which a text was cut, or labels were left out, because they are too long to be kept.");
        _authFailures = meter.CreateCounter<long>("pipeline.webhook.auth_failures", "{request}", "Calls refused for their credentials, by reason.");
        _duration = meter.CreateHistogram<double>("pipeline.webhook.duration", "s", "From the call to its answer.");
    }

    internal void Answered(WebhookOutcome outcome, TimeSpan duration)
    {
        var code = new KeyValuePair<string, object?>("code", Code(outcome));
        _requests.Add(1, code);
        _duration.Record(duration.TotalSeconds, code);
    }

    /// <param name="refused">Alerts that were left out because they are malformed.</param>
    /// <param name="truncated">Alerts that the sender left out.</param>
    /// <param name="shortened">Alerts of which a part was left out.</param>
    internal void Reported(ReportAlertsReply reply, int refused, int truncated, int shortened)
    {
        foreach (var outcome in reply.Outcomes)
            _alerts.Add(1, new KeyValuePair<string, object?>("outcome", Code(outcome)));
        if (refused > 0)
            _alerts.Add(refused, new KeyValuePair<string, object?>("outcome", "refused"));
        if (shortened > 0)
            _shortened.Add(shortened);
        if (truncated > 0)
            _truncated.Add(truncated);
    }

    internal void Refused(AuthOutcome outcome) => _authFailures.Add(1, new KeyValuePair<string, object?>("reason", outcome switch
    {
        AuthOutcome.BadSignature => "bad_signature",
        AuthOutcome.BadTimestamp => "bad_timestamp",
        AuthOutcome.BadCredentials => "bad_credentials",
        _ => "missing",
    }));

    private static string Code(WebhookOutcome outcome) => outcome switch
    {
        WebhookOutcome.Accepted => "accepted",
        WebhookOutcome.BadRequest => "bad_request",
        WebhookOutcome.Unauthorized => "unauthorized",
        WebhookOutcome.MethodNotAllowed => "method_not_allowed",
        WebhookOutcome.TooLarge => "too_large",
        WebhookOutcome.UnsupportedMediaType => "unsupported_media_type",
        WebhookOutcome.Unavailable => "unavailable",
        WebhookOutcome.Aborted => "aborted",
        _ => "failed",
    };

    private static string Code(AlertOutcome outcome) => outcome switch
    {
        AlertOutcome.Accepted => "accepted",
        AlertOutcome.Duplicate => "duplicate",
        AlertOutcome.UnknownNode => "unknown_node",
        _ => "ignored",
    };
}
