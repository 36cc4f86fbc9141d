using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary><c>GET /api/alerts</c>: every recorded alert, also those that never repair.</summary>
internal static class AlertEndpoints
{
    public static async Task<IResult> ListAsync(HttpRequest request, IRepairApi repair, CancellationToken cancellation)
    {
        var reply = await Page.Of(request).ReadAsync(page => repair.ListAlertsAsync(
            new ListAlertsRequest { Limit = page.Limit, Continue = page.Continue }, cancellation));
        return Results.Json(new AlertListJson([.. reply.Alerts.Select(AlertJson.Of)], Page.Next(reply.Continue)), ApiJson.Default.AlertListJson);
    }
}

/// <param name="Outcome">Accepted, Duplicate, Ignored or UnknownNode.</param>
/// <param name="Run">Run of the alert, or null.</param>
/// <param name="Status">Firing or Resolved.</param>
/// <param name="Kind">Fault, Test, NoData, DatasourceError or Unclassified.</param>
/// <param name="Node">As its labels name it; empty when they name none.</param>
/// <param name="Gpus">GPU indexes that it names; empty: the whole node.</param>
/// <param name="Xid">NVIDIA XID; 0 when it is none.</param>
/// <param name="Labels">Sorted <c>name=value</c> pairs.</param>
public sealed record AlertJson(
    long Number, string? ReceivedAt, string Source, string Outcome, string? Run, string Fingerprint, string? StartsAt, string Status, string Kind,
    string AlertName, string Node, int[] Gpus, int Xid, string FaultClass, string Summary, IReadOnlyList<string> Labels)
{
    public static AlertJson Of(AlertRecord record)
    {
        var alert = record.Alert ?? new Alert();
        return new AlertJson(
            record.Number, ApiTime.Iso(record.ReceivedAt), record.Source, Names.Of(record.Outcome), record.Run.Length == 0 ? null : record.Run,
            alert.Fingerprint, ApiTime.Iso(alert.StartsAt), Names.Of(alert.Status), Names.Of(alert.Kind), alert.AlertName, alert.Node,
            GpuMask.Indexes(alert.GpuMask), alert.Xid, alert.FaultClass, alert.Summary, [.. alert.Labels]);
    }
}

public sealed record AlertListJson(IReadOnlyList<AlertJson> Alerts, string? Continue);
