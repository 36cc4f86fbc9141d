using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook.Mapping;
using Pipeline.Functions.GrafanaWebhook.Payload;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Life;

/// <summary>
/// Monitoring: tells of what broke through the product's own mapping, again until it is acknowledged, again although it was, and in any
/// order.
/// </summary>
internal sealed class AlertSource(SimulatedWorld world)
{
    private readonly AlertMapper _mapper = new(Policies.Shipped.Taxonomy);
    private readonly List<WebhookAlert> _waiting = [];

    public void Raise(string name, IReadOnlyDictionary<string, string> labels)
    {
        var pairs = labels.Append(new("alertname", name)).DistinctBy(pair => pair.Key).ToList();
        var alert = new WebhookAlert
        {
            Status = "firing",
            Labels = new LabelSet([.. pairs]),
            StartsAt = world.Schedule.Now - world.Chance.Between(0, 30_000),
            Fingerprint = string.Join(',', pairs.Select(pair => pair.Value)),
        };
        if (world.Chance.Hits(0.3))
        {
            // A notification carries what came together.
            _waiting.Add(alert);
            world.Schedule.After(world.Chance.Between(0, 10_000), SendWaiting);
        }
        else
        {
            Send([alert], world.Chance.Latency(2_000, 120_000));
        }

        if (world.Chance.Hits(0.3))
            Send([alert], world.Chance.Between(0, 20 * 60_000));
        if (world.Chance.Hits(0.7))
            Send([Resolved(alert)], world.Chance.Hits(0.3) ? world.Chance.Between(0, 10_000) : world.Chance.Between(0, 40 * 60_000));
    }

    private static WebhookAlert Resolved(WebhookAlert alert)
        => new() { Status = "resolved", Labels = alert.Labels, StartsAt = alert.StartsAt, Fingerprint = alert.Fingerprint };

    private void SendWaiting()
    {
        if (_waiting.Count == 0)
            return;
        Send([.. _waiting], 0);
        _waiting.Clear();
    }

    private void Send(WebhookAlert[] alerts, long delay) => world.Schedule.After(delay, () => Deliver(alerts));

    private void Deliver(WebhookAlert[] alerts)
    {
        var acknowledged = false;
        // Planned first: should the product die in the call, nobody comes back here.
        world.Schedule.After(world.Chance.Between(5_000, 30_000), () =>
        {
            if (!acknowledged)
                Deliver(alerts);
        });
        var payload = new WebhookPayload { Version = "4", Alerts = [.. alerts], TruncatedAlerts = world.Chance.Hits(0.02) ? 3 : 0 };
        var request = _mapper.Map(payload, world.Schedule.Now, out _);
        try
        {
            var reply = Synchronously.Run(world.Api.ReportAlertsAsync(request));
            acknowledged = true;
            world.Invariants.Alerts.Acknowledged(request, reply);
        }
        catch (HotpathUnavailableException)
        {
        }
    }
}
