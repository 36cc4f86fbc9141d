using Pipeline.Benchmarks.Framework;
using Pipeline.Journal;

namespace Pipeline.Benchmarks.Journal;

/// <summary>The log without the loop, to see which of the two costs what.</summary>
internal static class BareLog
{
    private const int Rounds = 10;
    private const int PerRound = 200;

    public static async Task RunAsync(Report report)
    {
        using var scratch = new Scratch();
        using var disk = new DiskSync(scratch.Sub("disk"));
        await using var log = DurableLog.Open(new DurableLogOptions { Directory = scratch.Sub("log") });
        var payload = new byte[100];
        var (bare, logged) = (new Gauge(TimeProvider.System), new Gauge(TimeProvider.System));
        await new Gauge(TimeProvider.System).RunAsync(1000, AppendAsync);
        for (var round = 0; round < Rounds; round++)
        {
            bare.Run(PerRound, disk.Write);
            await logged.RunAsync(PerRound, AppendAsync);
        }
        report.Latency("log alone", logged.Result);
        report.Ratio("log alone", "p50", logged.Result.P50, "ns", "fdatasync p50", bare.Result.P50);

        ValueTask AppendAsync()
        {
            var sequence = log.Append(payload);
            log.RequestCommit();
            return log.WaitForCommitAsync(sequence);
        }
    }
}
