using Pipeline.Benchmarks.Decide;
using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;

namespace Pipeline.Benchmarks.Journal;

/// <summary>What a durable command costs beside the disk, alone and in company.</summary>
internal static class DurableCommands
{
    private const int Rounds = 20;
    private const int PerRound = 200;
    private const int Producers = 64;
    private const int PerProducer = 200;

    public static async Task RunAsync(Report report)
    {
        using var scratch = new Scratch();
        using var disk = new DiskSync(scratch.Sub("disk"));
        await using var rig = new LoopRig(scratch.Sub("state"), new Fleet(Fleet.Groups).State);
        var run = await rig.OpenRunAsync(Fleet.NodeName(0));
        var alone = LoopRig.Durable(run);
        var company = Enumerable.Range(0, Producers).Select(_ => LoopRig.Durable(run)).ToList();
        var (bare, one, many) = (new Gauge(TimeProvider.System), new Gauge(TimeProvider.System), new Crowd(TimeProvider.System));
        await new Gauge(TimeProvider.System).RunAsync(2000, () => rig.SubmitAsync(alone, Outcome.Done));
        await new Crowd(TimeProvider.System).RunAsync(Producers, 500, p => rig.SubmitAsync(company[p], Outcome.Done));
        for (var round = 0; round < Rounds; round++)
        {
            bare.Run(PerRound, disk.Write);
            await one.RunAsync(PerRound, () => rig.SubmitAsync(alone, Outcome.Done));
            await many.RunAsync(Producers, PerProducer, p => rig.SubmitAsync(company[p], Outcome.Done));
        }
        report.Latency("fdatasync of 100 bytes", bare.Result);
        report.Latency("durable command alone", one.Result);
        report.Ratio("durable command alone", "p50", one.Result.P50, "ns", "fdatasync p50", bare.Result.P50, 1.5);
        report.Latency($"durable command, {Producers} producers", many.Result);
        report.Ratio($"durable command, {Producers} producers", "rate", many.Result.PerSecond, "1/s", "rate alone", one.Result.PerSecond, 10, atLeast: true);
    }
}
