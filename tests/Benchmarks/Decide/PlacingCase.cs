using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Decide;

/// <summary>What the placement rule, and every policy, cost beside a scheduler of bare bitmaps, compared in several processes.</summary>
internal static class PlacingCase
{
    // Where choosing well costs more than five times the plainest choice, or now and then more than ten times, the index has failed.
    private const double MedianGoal = 5;
    private const double TailGoal = 10;

    private const string Argument = "placing";

    private static readonly int[] NodeCounts = [10_000, 100_000];

    public static bool IsAsked(string[] args) => args is [Argument];

    /// <summary>What each of the processes does.</summary>
    public static void Compare()
    {
        // As in the suite, the compiler learns from a small cluster.
        new PlaceAndRelease(1_000, governed: true).Run(new Report(Argument, TextWriter.Null));
        new PlaceAlone(1_000).Measure();
        SeveralProcesses.Say(NodeCounts.Select(nodes => new PlaceAlone(nodes).Measure()).ToArray());
    }

    public static async Task RunAsync(Report report)
    {
        var compared = await SeveralProcesses.CompareAsync<Placing[]>(Argument);
        for (var at = 0; at < NodeCounts.Length; at++)
            Tell(report, $"{NodeCounts[at] / 1000}k", [.. compared.Select(each => each[at])]);
    }

    private static void Tell(Report report, string size, IReadOnlyList<Placing> compared)
    {
        var middle = SeveralProcesses.Middle(report, $"place {size}", "p50 with all policies", compared, one => one.Policies.P50 / one.Bare.P50);
        report.Latency($"bare bitmaps {size}", middle.Bare);
        Tell(report, $"place {size}", middle.Bare, middle.Plain, compared.Max(one => one.Plain.BytesPerOperation));
        Tell(report, $"place, all policies {size}", middle.Bare, middle.Policies, compared.Max(one => one.Policies.BytesPerOperation));
        // Of many shapes a few classes of nodes are still new after the warm-up, and a new class takes memory once.
        Tell(report, $"place mixed shapes {size}", middle.Bare, middle.Mixed, null);
    }

    /// <param name="bytes">The most that a placement allocated in any of the processes; null: neither that nor the times have a goal.</param>
    private static void Tell(Report report, string name, Measurement bare, Measurement measured, double? bytes)
    {
        report.Latency(name, measured);
        report.Ratio(name, "p50", measured.P50, "ns", "bare bitmaps p50", bare.P50, bytes is null ? null : MedianGoal);
        report.Ratio(name, "p99", measured.P99, "ns", "bare bitmaps p99", bare.P99, bytes is null ? null : TailGoal);
        if (bytes is { } most)
            report.AtMost(name, "allocated", most, "B/op", 0);
    }
}
