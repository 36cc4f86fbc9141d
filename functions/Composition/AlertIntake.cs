using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Functions.Api.Simulation;
using Pipeline.Functions.GrafanaWebhook.Mapping;
using Pipeline.Functions.GrafanaWebhook.Payload;
using Pipeline.Functions.Repair;

namespace Pipeline.Functions.Composition;

/// <summary>Sends the alert of a simulated fault the way Alertmanager would, through the same reader and the same taxonomy.</summary>
internal sealed class AlertIntake(IRepairApi repair, Taxonomy taxonomy, TimeProvider time) : IAlertIntake
{
    private readonly AlertMapper _mapper = new(taxonomy);

    public async Task SubmitAsync(string alertName, IReadOnlyDictionary<string, string> labels, DateTimeOffset startsAt, CancellationToken cancellation)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["alertname"] = alertName };
        foreach (var (name, value) in labels)
            all[name] = value;
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            version = "4",
            status = "firing",
            receiver = "simulation",
            groupKey = "{}:{}",
            truncatedAlerts = 0,
            alerts = new[]
            {
                new
                {
                    status = "firing",
                    labels = all,
                    annotations = new Dictionary<string, string> { ["summary"] = $"{alertName} on {all.GetValueOrDefault("node", "an unnamed node")}" },
                    startsAt = startsAt.ToString("O", CultureInfo.InvariantCulture),
                    endsAt = "0001-01-01T00:00:00Z",
                    fingerprint = FingerprintOf(all),
                },
            },
        });
        var payload = PayloadReader.Read(body, out var error) ?? throw new InvalidOperationException($"The simulated alert is no notification: {error}");
        await repair.ReportAlertsAsync(_mapper.Map(payload, time.GetUtcNow().ToUnixTimeMilliseconds(), out _), cancellation);
    }

    /// <summary>As Alertmanager's: FNV-1a over the sorted pairs, each as name, 0xFF, value, 0xFF.</summary>
    private static string FingerprintOf(SortedDictionary<string, string> labels)
    {
        var hash = 14695981039346656037UL;
        foreach (var (name, value) in labels)
            hash = Add(Add(hash, name), value);
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (var octet in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ octet) * 1099511628211UL;
        return (hash ^ 0xFF) * 1099511628211UL;
    }
}
