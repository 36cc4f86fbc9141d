using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>Bare endpoint and webhook take turns in short stretches, first with one client, then with many.</summary>
/// <param name="alert">See <see cref="WebhookRig.Prepare"/>.</param>
/// <param name="isGoal">False: for comparison only.</param>
internal sealed class Turns(WebhookRig rig, string name, Func<int, (int Alert, int Node)> alert, bool isGoal)
{
    private const int Rounds = 60;
    private const int AloneEach = 50;
    private const int PerClient = 10;

    // Hot code is compiled twice, the second time a while after it has become so.
    private static readonly TimeSpan WarmupTime = TimeSpan.FromSeconds(10);

    public async Task WarmUpAsync()
    {
        for (var started = rig.Time.GetTimestamp(); rig.Time.GetElapsedTime(started) < WarmupTime;)
            await rig.Webhook.AllAsync(new Crowd(rig.Time), rig.Prepare(WebhookRig.Concurrency * PerClient, alert));
    }

    public async Task RunAsync(Report report)
    {
        await RunAloneAsync(report);
        await RunManyAsync(report);
    }

    private async Task RunAloneAsync(Report report)
    {
        var (durable, webhook) = (new Gauge(rig.Time), new Gauge(rig.Time));
        for (var round = 0; round < Rounds; round++)
        {
            await rig.Durable.AloneAsync(durable, rig.Prepare(AloneEach, alert));
            await rig.Webhook.AloneAsync(webhook, rig.Prepare(AloneEach, alert));
        }
        report.Latency("bare endpoint + fdatasync, concurrency 1", durable.Result);
        report.Latency($"{name}, concurrency 1", webhook.Result);
        report.Ratio($"{name}, concurrency 1", "p50", webhook.Result.P50, "ns", "bare + fdatasync p50", durable.Result.P50, isGoal ? 1.6 : null);
    }

    private async Task RunManyAsync(Report report)
    {
        const int clients = WebhookRig.Concurrency;
        var (bare, webhook) = (new Crowd(rig.Time), new Crowd(rig.Time));
        for (var round = 0; round < Rounds; round++)
        {
            await rig.Bare.AllAsync(bare, rig.Prepare(clients * PerClient, alert));
            await rig.Webhook.AllAsync(webhook, rig.Prepare(clients * PerClient, alert));
        }
        report.Latency($"bare endpoint, concurrency {clients}", bare.Result);
        report.Latency($"{name}, concurrency {clients}", webhook.Result);
        report.Ratio($"{name}, concurrency {clients}", "rate", webhook.Result.PerSecond, "1/s", "bare endpoint's rate", bare.Result.PerSecond, isGoal ? 0.4 : null, atLeast: true);
    }
}
