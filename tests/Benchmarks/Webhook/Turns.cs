using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>
/// Bare endpoint and webhook take turns in short stretches, first with one client, then with many. What is compared is the round in the
/// middle by its ratio: disk and processors change their speed in the meantime, and not in the same way for both.
/// </summary>
/// <param name="alert">See <see cref="WebhookRig.Prepare"/>.</param>
/// <param name="rounds">An odd number.</param>
/// <param name="isGoal">False: for comparison only.</param>
internal sealed class Turns(WebhookRig rig, string name, Func<int, (int Alert, int Node)> alert, int rounds, bool isGoal)
{
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
        var (durableTurn, webhookTurn) = (new Gauge(rig.Time), new Gauge(rig.Time));
        var pairs = new List<(double Webhook, double Durable)>();
        for (var round = 0; round < rounds; round++)
        {
            await rig.Durable.AloneAsync(durableTurn, rig.Prepare(AloneEach, alert));
            await rig.Webhook.AloneAsync(webhookTurn, rig.Prepare(AloneEach, alert));
            pairs.Add((webhookTurn.MoveTo(webhook).P50, durableTurn.MoveTo(durable).P50));
        }
        report.Latency("bare endpoint + fdatasync, concurrency 1", durable.Result);
        report.Latency($"{name}, concurrency 1", webhook.Result);
        var (middle, baseline) = Median.ByRatio(pairs);
        report.Ratio($"{name}, concurrency 1", "p50", middle, "ns", "bare + fdatasync p50", baseline, isGoal ? 1.6 : null);
    }

    private async Task RunManyAsync(Report report)
    {
        const int clients = WebhookRig.Concurrency;
        var (bare, webhook) = (new Crowd(rig.Time), new Crowd(rig.Time));
        var (bareTurn, webhookTurn) = (new Crowd(rig.Time), new Crowd(rig.Time));
        var pairs = new List<(double Webhook, double Bare)>();
        for (var round = 0; round < rounds; round++)
        {
            await rig.Bare.AllAsync(bareTurn, rig.Prepare(clients * PerClient, alert));
            await rig.Webhook.AllAsync(webhookTurn, rig.Prepare(clients * PerClient, alert));
            pairs.Add((webhookTurn.MoveTo(webhook).PerSecond, bareTurn.MoveTo(bare).PerSecond));
        }
        report.Latency($"bare endpoint, concurrency {clients}", bare.Result);
        report.Latency($"{name}, concurrency {clients}", webhook.Result);
        var (middle, baseline) = Median.ByRatio(pairs);
        report.Ratio($"{name}, concurrency {clients}", "rate", middle, "1/s", "bare endpoint's rate", baseline, isGoal ? 0.4 : null, atLeast: true);
    }
}
