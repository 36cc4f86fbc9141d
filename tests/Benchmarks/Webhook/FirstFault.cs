using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>A node's first fault while nothing else is going on.</summary>
internal sealed class FirstFault(WebhookRig rig)
{
    private const int Rounds = 200;

    public async Task RunAsync(Report report)
    {
        var (durable, webhook) = (new Gauge(rig.Time), new Gauge(rig.Time));
        for (var round = 0; round < Rounds; round++)
        {
            await rig.SettleAsync();
            await rig.Durable.AloneAsync(durable, rig.Prepare(1, number => (number, number)));
            await rig.Webhook.AloneAsync(webhook, rig.Prepare(1, number => (number, number)));
            await rig.CheckQuarantinedAsync();
        }
        report.Latency("bare endpoint + fdatasync, at rest", durable.Result);
        report.Latency("to quarantined, at rest", webhook.Result);
        report.Ratio("to quarantined, at rest", "p50", webhook.Result.P50, "ns", "bare + fdatasync p50", durable.Result.P50, 1.6);
    }
}
