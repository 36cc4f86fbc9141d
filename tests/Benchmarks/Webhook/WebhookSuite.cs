using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>From a received notification to a durable fault and a quarantined node.</summary>
internal sealed class WebhookSuite : ISuite
{
    private const int NodesInRepair = 64;

    // Checkpoints and collections of garbage take seconds and must not be most of what is seen.
    private const int Rounds = 301;

    // Each round of a storm leaves repairs behind that the next ones have to bear.
    private const int StormRounds = 61;

    public string Name => "webhook";

    public string About => "A signed 1.8 KB notification to its 202, durable and quarantined, against a bare endpoint and fdatasync";

    public string Sizes => $"{WebhookRig.Nodes} simulated nodes, storm guard off; concurrency 1 and {WebhookRig.Concurrency}";

    public async Task RunAsync(Report report)
    {
        await using var rig = await WebhookRig.StartAsync(TimeProvider.System);
        report.Note("Repeats: Grafana sends what still fires again and again. Each is checked, journaled and durable before its 202, and sets nothing off.");
        await new Turns(rig, "repeat", number => (1, 1), Rounds, isGoal: true).RunAsync(report);
        report.Note($"New alerts about {NodesInRepair} nodes: the first of each opens a run, the others join it, and their stories share the disk.");
        var another = new Turns(rig, "another", number => (number, 1 + number % NodesInRepair), Rounds, isGoal: true);
        await another.WarmUpAsync();
        await another.RunAsync(report);
        report.Note("New runs, one at a time, each when what the one before set off has been done: to quarantined in the model, as the next read proves.");
        await new FirstFault(rig).RunAsync(report);
        report.Note("A storm: each alert opens a run, whose marks, wake-ups, stories and drains share processors and disk with the alerts behind it. No goal: it measures the repairs.");
        await new Turns(rig, "storm", number => (number, number), StormRounds, isGoal: false).RunAsync(report);
    }
}
