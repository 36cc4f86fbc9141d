using System.Text.Json;
using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>
/// Unary calls, one at a time and then many at once, compared in several processes, each of which starts anew. The compiler decides from what
/// it has seen by then how hot code is laid out, and the same program is some hundredths faster or slower for the rest of its life.
/// </summary>
internal static class UnaryCase
{
    /// <summary>Calls in flight, where there are many.</summary>
    public const int Concurrency = 64;

    /// <summary>Calls in one turn, one at a time.</summary>
    public const int AloneEach = 400;

    /// <summary>Calls in one turn, many at once; the cluster has room for all of them.</summary>
    public const int ManyEach = 4_000;

    // An odd number, so that there is one in the middle.
    private const int Processes = 5;

    private const string Argument = "unary";

    public static bool IsAsked(string[] args) => args is [Argument];

    /// <summary>What each of the processes does.</summary>
    public static async Task CompareAsync()
    {
        await using var rig = await RpcRig.StartAsync(TimeProvider.System);
        UnaryComparison[] compared = [await UnaryComparison.RunAsync(rig, 1, AloneEach), await UnaryComparison.RunAsync(rig, Concurrency, ManyEach)];
        Console.WriteLine(JsonSerializer.Serialize(compared));
    }

    public static async Task RunAsync(Report report)
    {
        using var scratch = new Scratch();
        var (alone, many) = (new List<UnaryComparison>(), new List<UnaryComparison>());
        for (var process = 0; process < Processes; process++)
        {
            var compared = await CompareElsewhereAsync(scratch);
            alone.Add(compared[0]);
            many.Add(compared[1]);
        }

        Tell(report, 1, "p99", alone, one => one.Place.P99 / one.Echo.P99, latencyGoal: 1.25);
        Tell(report, Concurrency, "rate", many, one => one.Place.PerSecond / one.Echo.PerSecond, rateGoal: 0.85);
    }

    private static async Task<UnaryComparison[]> CompareElsewhereAsync(Scratch scratch)
    {
        var output = Path.Combine(scratch.Path, "compared.json");
        using var process = Child.Start("Pipeline.Benchmarks", Argument, scratch.Path, output);
        await process.WaitForExitAsync();
        var said = await File.ReadAllTextAsync(output);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<UnaryComparison[]>(said)!
            : throw new InvalidOperationException($"The process that was to compare ended with {process.ExitCode}: {said}");
    }

    private static void Tell(
        Report report, int concurrency, string metric, IEnumerable<UnaryComparison> compared, Func<UnaryComparison, double> ratio,
        double? latencyGoal = null, double? rateGoal = null)
    {
        var sorted = compared.OrderBy(ratio).ToList();
        report.Note($"concurrency {concurrency}: the process with the median ratio of {metric}, which was {ratio(sorted[0]):0.000} to {ratio(sorted[^1]):0.000} in {Processes}");
        var (echo, place) = sorted[Processes / 2];
        report.Latency($"echo, concurrency {concurrency}", echo);
        report.Latency($"Place, concurrency {concurrency}", place);
        report.Ratio($"Place, concurrency {concurrency}", "p50", place.P50, "ns", "echo p50", echo.P50, latencyGoal);
        report.Ratio($"Place, concurrency {concurrency}", "p99", place.P99, "ns", "echo p99", echo.P99, latencyGoal);
        report.Ratio($"Place, concurrency {concurrency}", "rate", place.PerSecond, "1/s", "echo's rate", echo.PerSecond, rateGoal, atLeast: true);
    }
}
