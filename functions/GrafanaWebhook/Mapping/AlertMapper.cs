using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook.Payload;
using Pipeline.Functions.Repair;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>Turns a checked notification into the command for the engine.</summary>
internal sealed class AlertMapper(Taxonomy taxonomy)
{
    private const int RecoveryActionChanged = 154;

    /// <param name="receivedAt">Unix milliseconds.</param>
    /// <param name="shortened">Alerts with a text that is longer than what is kept.</param>
    public ReportAlertsRequest Map(WebhookPayload payload, long receivedAt, out int shortened)
    {
        shortened = 0;
        var request = new ReportAlertsRequest
        {
            Source = payload.Version == PayloadReader.Grafana ? "grafana" : "alertmanager",
            TruncatedAlerts = (int)Math.Clamp(payload.TruncatedAlerts ?? 0, 0, int.MaxValue),
            ReceivedAt = receivedAt,
        };
        request.Alerts.Capacity = payload.Alerts!.Count;
        foreach (var alert in payload.Alerts)
        {
            var texts = new KeptTexts();
            request.Alerts.Add(Map(alert, ref texts));
            shortened += texts.Shortened ? 1 : 0;
        }

        return request;
    }

    private Alert Map(WebhookAlert source, ref KeptTexts texts)
    {
        var labels = source.Labels ?? LabelSet.Empty;
        var name = labels.Find("alertname") ?? "";
        var alert = new Alert
        {
            Fingerprint = texts.Fingerprint(source.Fingerprint!),
            StartsAt = source.StartsAt,
            Status = source.Status == "firing" ? AlertStatus.Firing : AlertStatus.Resolved,
            AlertName = texts.Name(name),
            Node = texts.Name(NodeName.From(labels, taxonomy.NodeLabels)),
            GpuMask = GpuIndex.MaskFrom(labels, taxonomy.GpuLabels),
        };
        alert.Labels.Capacity = labels.Pairs.Count;
        texts.AddLabels(labels, alert.Labels);

        // Grafana's own alerts: about itself or its data source, never about a node, whatever labels a rule adds to them.
        alert.Kind = name switch
        {
            "TestAlert" => AlertKind.Test,
            "DatasourceNoData" => AlertKind.NoData,
            "DatasourceError" => AlertKind.DatasourceError,
            _ => AlertKind.Fault,
        };
        if (alert.Kind == AlertKind.Fault)
            Classify(alert, name, source, labels);
        alert.Summary = texts.Summary(Summary(alert, source.Annotations));
        return alert;
    }

    private void Classify(Alert alert, string name, WebhookAlert source, LabelSet labels)
    {
        alert.Xid = XidFinder.Find(source, name, alert.GpuMask != 0, taxonomy);
        if (alert.Xid is RecoveryActionChanged or 0 && FollowRecoveryText(alert, source))
            return;
        if (alert.Xid > 0)
            return;
        if (taxonomy.ClassOf(name, labels.Find) is { } faultClass)
            alert.FaultClass = faultClass;
        else if (taxonomy.IsXidAlert(name))
            alert.FaultClass = taxonomy.UnknownXidClass;
        else
            alert.Kind = AlertKind.Unclassified;
    }

    private bool FollowRecoveryText(Alert alert, WebhookAlert source)
    {
        if (RecoveryText.Find(source, taxonomy.RecoveryFields) is not { } text || !taxonomy.RecoveryActions.TryGetValue(text, out var action))
            return false;
        // Without an override the table's class for 154 would count, so an alert that is only recorded goes without its XID.
        alert.Xid = action.Overrides ? RecoveryActionChanged : 0;
        alert.FaultClass = action.FaultClass;
        alert.Overrides = action.Overrides;
        return true;
    }

    private string Summary(Alert alert, LabelSet? annotations)
    {
        if ((annotations?.Find("summary") ?? annotations?.Find("description") ?? annotations?.Find("message")) is { } told)
            return told;
        return alert.Xid > 0 && taxonomy.XidNames.TryGetValue(alert.Xid, out var name) ? $"XID {alert.Xid} {name}" : alert.AlertName;
    }
}
