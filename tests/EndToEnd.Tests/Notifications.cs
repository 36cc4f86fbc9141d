using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>Notifications as a contact point posts them.</summary>
internal static class Notifications
{
    /// <summary>One critical XID, 79 on GPU 0, that fires.</summary>
    public static string OfXid79(string node, string fingerprint) => JsonSerializer.Serialize(new
    {
        version = "4",
        status = "firing",
        receiver = "pipeline",
        groupKey = "{}:{}",
        truncatedAlerts = 0,
        alerts = new[]
        {
            new
            {
                status = "firing",
                labels = new { alertname = "GpuXidCritical", node, gpu = "0", xid = "79" },
                annotations = new { summary = $"XID 79 on {node}" },
                startsAt = "2026-11-21T23:00:10Z",
                endsAt = "0001-01-01T00:00:00Z",
                fingerprint,
            },
        },
    });
}
