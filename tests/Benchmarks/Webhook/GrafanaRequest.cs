using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>A signed notification of Grafana about one node, 1.8 KB of JSON as it comes from the wire (Go writes maps in the order of their keys), headers in front.</summary>
internal static class GrafanaRequest
{
    public const string Secret = "bench-secret";

    private const long Newest = 1_763_000_000;

    /// <param name="number">Distinguishes the alert; a new one each time is a new episode.</param>
    public static byte[] Of(int number, string node)
    {
        var body = Encoding.UTF8.GetBytes(Body(number, node));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body));
        var head = $"POST /api/grafana HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Grafana\r\nContent-Type: application/json\r\n"
            + $"X-Grafana-Alerting-Signature: {signature}\r\nContent-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static string Body(int number, string node)
    {
        var startsAt = DateTimeOffset.FromUnixTimeSeconds(Newest + number).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $$"""
            {"receiver":"repair-webhook","status":"firing","alerts":[{"status":"firing","labels":{"UUID":"GPU-00000000-0000-0000-0000-000000000003",
            "alertname":"GpuXidCritical","cluster":"cluster-1","gpu":"3","grafana_folder":"gpu","job":"dcgm-exporter","node":"{{node}}",
            "pci_bus_id":"00000000:3B:00.0","severity":"critical","xid":"79"},"annotations":{
            "description":"The GPU at 00000000:3B:00.0 reported XID 79: it has fallen off the bus and no longer answers the driver.",
            "runbook_url":"https://runbooks.invalid/xid79","summary":"XID 79 on {{node}}"},"startsAt":"{{startsAt}}","endsAt":"0001-01-01T00:00:00Z",
            "generatorURL":"http://grafana.invalid/alerting/grafana/rule-uid-1/view?orgId=1","fingerprint":"{{number:x16}}",
            "silenceURL":"http://grafana.invalid/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DGpuXidCritical&orgId=1",
            "dashboardURL":"","panelURL":"","ruleUID":"rule-uid-1","values":{"A":79,"C":1},
            "valueString":"[ var='A' labels={node={{node}}} value=79 ]","orgId":1}],
            "groupLabels":{"alertname":"GpuXidCritical","grafana_folder":"gpu"},"commonLabels":{"UUID":"GPU-00000000-0000-0000-0000-000000000003",
            "alertname":"GpuXidCritical","gpu":"3","grafana_folder":"gpu","node":"{{node}}","severity":"critical","xid":"79"},
            "commonAnnotations":{"summary":"XID 79 on {{node}}"},"externalURL":"http://grafana.invalid/","appVersion":"12.1.0","version":"1",
            "groupKey":"{}/{team=\"gpu\"}:{alertname=\"GpuXidCritical\", grafana_folder=\"gpu\"}","truncatedAlerts":0,"orgId":1,
            "title":"[FIRING:1] GpuXidCritical gpu (79 critical {{node}})","state":"alerting","message":"**Firing**\n"}
            """;
    }
}
