using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Recover;

namespace Pipeline.Benchmarks.Restart;

/// <summary>From the start of a process to its first decision, with a large cluster on disk.</summary>
internal sealed class RestartSuite : ISuite
{
    private const int Rounds = 5;

    // Volcano issue 5819: 5,000 nodes and 140,000 workloads, a one-pod job bound 8 min 17 s after a restart.
    private const double PublishedMilliseconds = 497_000;

    public string Name => "restart";

    public string About => "From process start to the first decision after kill -9, beside what Volcano's users measured (end to end)";

    public string Sizes => "5,000 8-GPU nodes, 140,000 workloads; half of them in the checkpoint, half in the journal";

    public async Task RunAsync(Report report)
    {
        using var scratch = new Scratch();
        var directory = scratch.Sub("data");
        await FirstDecision.PrepareAsync(directory);
        var (time, first, nothing) = (TimeProvider.System, new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            nothing.Add(StartCase.StartNothing(scratch, time));
            first.Add(Start(scratch, directory, time));
        }
        report.Note("Measured until the process has decided, said so and ended; it opens the journal and the store, restores, replays and places one workload.");
        report.Ratio("5,000 nodes, 140,000 workloads", "first decision", Median.Of(first), "ms", "empty program", Median.Of(nothing));
        report.Ratio("5,000 nodes, 140,000 workloads", "first decision", Median.Of(first), "ms", "published", PublishedMilliseconds);
    }

    private static double Start(Scratch scratch, string directory, TimeProvider time)
    {
        var started = time.GetTimestamp();
        var output = Path.Combine(scratch.Path, "decision.txt");
        using var process = Child.Start("Pipeline.Benchmarks", $"{FirstDecision.Argument} {directory}", scratch.Path, output);
        process.WaitForExit();
        var elapsed = time.GetElapsedTime(started).TotalMilliseconds;
        var said = File.ReadAllText(output);
        return process.ExitCode == 0 && said.StartsWith(FirstDecision.Said, StringComparison.Ordinal)
            ? elapsed : throw new InvalidOperationException($"The restarted process did not decide: {said}");
    }
}
