using Pipeline.Contracts.V1;

namespace Pipeline.Functions.GrafanaWebhook.Mapping;

/// <summary>A report in parts that the journal takes. One text of an alert can become three of the report (label, name and summary).</summary>
internal static class ReportParts
{
    /// <summary>Bytes of a part. The journal takes twice as many, and writes a part with many short texts in less than that.</summary>
    public const int MaxBytes = 1 << 20;

    public static IEnumerable<ReportAlertsRequest> Of(ReportAlertsRequest report)
    {
        if (report.Alerts.Count <= 1 || report.CalculateSize() <= MaxBytes)
            return [report];
        var half = report.Alerts.Count / 2;
        return Of(Part(report, report.Alerts.Take(half))).Concat(Of(Part(report, report.Alerts.Skip(half))));
    }

    private static ReportAlertsRequest Part(ReportAlertsRequest report, IEnumerable<Alert> alerts)
    {
        var part = new ReportAlertsRequest { Source = report.Source, TruncatedAlerts = report.TruncatedAlerts, ReceivedAt = report.ReceivedAt };
        part.Alerts.AddRange(alerts);
        return part;
    }
}
