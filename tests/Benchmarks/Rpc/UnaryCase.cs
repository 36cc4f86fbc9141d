using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>Unary calls, one at a time and then many at once, compared in several processes.</summary>
internal static class UnaryCase
{
    /// <summary>Calls in flight, where there are many.</summary>
    public const int Concurrency = 64;

    /// <summary>Calls in one turn, one at a time.</summary>
    public const int AloneEach = 400;

    /// <summary>Calls in one turn, many at once; the cluster has room for all of them.</summary>
    public const int ManyEach = 4_000;

    private const string Argument = "unary";

    public static bool IsAsked(string[] args) => args is [Argument];

    /// <summary>What each of the processes does.</summary>
    public static async Task CompareAsync()
    {
        await using var rig = await RpcRig.StartAsync(TimeProvider.System);
        UnaryComparison[] compared = [await UnaryComparison.RunAsync(rig, 1, AloneEach), await UnaryComparison.RunAsync(rig, Concurrency, ManyEach)];
        SeveralProcesses.Say(compared);
    }

    public static async Task RunAsync(Report report)
    {
        var compared = await SeveralProcesses.CompareAsync<UnaryComparison[]>(Argument);
        Tell(report, 1, "p99", compared.Select(each => each[0]), one => one.Place.P99 / one.Echo.P99, latencyGoal: 1.25);
        Tell(report, Concurrency, "rate", compared.Select(each => each[1]), one => one.Place.PerSecond / one.Echo.PerSecond, rateGoal: 0.85);
    }

    private static void Tell(
        Report report, int concurrency, string metric, IEnumerable<UnaryComparison> compared, Func<UnaryComparison, double> ratio,
        double? latencyGoal = null, double? rateGoal = null)
    {
        var (echo, place) = SeveralProcesses.Middle(report, $"concurrency {concurrency}", metric, compared, ratio);
        report.Latency($"echo, concurrency {concurrency}", echo);
        report.Latency($"Place, concurrency {concurrency}", place);
        report.Ratio($"Place, concurrency {concurrency}", "p50", place.P50, "ns", "echo p50", echo.P50, latencyGoal);
        report.Ratio($"Place, concurrency {concurrency}", "p99", place.P99, "ns", "echo p99", echo.P99, latencyGoal);
        report.Ratio($"Place, concurrency {concurrency}", "rate", place.PerSecond, "1/s", "echo's rate", echo.PerSecond, rateGoal, atLeast: true);
    }
}
