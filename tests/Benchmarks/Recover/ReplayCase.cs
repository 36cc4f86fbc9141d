using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Hotpath.Loop;
using Pipeline.Journal;

namespace Pipeline.Benchmarks.Recover;

/// <summary>Recovery from a long journal against reading the same entries and doing nothing, by FASTER itself and by the journal's own reader.</summary>
internal static class ReplayCase
{
    public const int Nodes = 10_000;
    public const int Commands = 1_000_000;

    private const int Rounds = 15;

    // The compiler is at work for as long.
    private const int WarmupRounds = 3;

    public static async Task RunAsync(Report report)
    {
        using var scratch = new Scratch();
        var (options, stock) = (new DurableStateOptions { Directory = scratch.Sub("state") }, scratch.Sub("stock"));
        await using (var durable = DurableState.Open(options))
            await new CommandHistory(durable, Nodes).WriteAsync(Commands);
        await using (var durable = DurableState.Open(options))
        using (var copy = new StockLog(stock))
            copy.Take(durable.Log);
        var (pairs, scans) = (new List<(double Recovery, double Scan)>(), new List<double>());
        for (var round = -WarmupRounds; round < Rounds; round++)
        {
            var stockScan = TimeStock(stock);
            var scan = await TimeAsync(() => Scan(options));
            var recovery = await TimeAsync(() => Recover(options));
            if (round < 0)
                continue;
            pairs.Add((recovery, stockScan));
            scans.Add(scan);
        }
        var (middle, stockMiddle) = Median.ByRatio(pairs);
        report.Figure("the journal's scan of 1M commands", "median", Median.Of(scans), "ms");
        report.Figure("recovery of 1M commands", "rate", Commands / Median.Of(pairs.Select(pair => pair.Recovery)) * 1000, "1/s");
        report.Ratio("recovery of 1M commands", "median", middle, "ms", "FASTER's scan", stockMiddle, 3);
    }

    private static double TimeStock(string directory)
    {
        GC.Collect();
        var started = TimeProvider.System.GetTimestamp();
        using var stock = new StockLog(directory);
        Check(stock.Scan());
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<double> TimeAsync(Func<DurableState> open)
    {
        GC.Collect();
        var started = TimeProvider.System.GetTimestamp();
        await using var durable = open();
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    private static DurableState Scan(DurableStateOptions options)
    {
        var count = 0;
        var durable = DurableState.Open(options, new StateReader(_ => { }, (_, _) => count++));
        Check(count);
        return durable;
    }

    private static DurableState Recover(DurableStateOptions options)
    {
        var recovery = Recovery.Open(options, TimeProvider.System, NullLogger.Instance);
        if (recovery.Replayed < Commands || recovery.State.Nodes.Count != Nodes)
            throw new InvalidOperationException($"Recovered {recovery.Replayed} commands and {recovery.State.Nodes.Count} nodes.");
        return recovery.Durable;
    }

    private static void Check(int entries)
    {
        if (entries < Commands)
            throw new InvalidOperationException($"There are {entries} entries.");
    }
}
