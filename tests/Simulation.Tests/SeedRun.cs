namespace Pipeline.Simulation.Tests;

/// <summary>Many worlds side by side, each in one thread.</summary>
internal static class SeedRun
{
    // Enough to see whether one mistake or several are behind it.
    private const int Enough = 10;

    /// <param name="isEnough">Whether no more seeds need to be lived after this message.</param>
    /// <returns>The messages of the seeds that failed, the lowest seed first; no more than a few.</returns>
    public static IReadOnlyList<string> Failures(long first, long count, Action<ulong> live, Predicate<string>? isEnough = null)
    {
        var failures = new SortedDictionary<long, string>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(first, first + count, parallel, (seed, loop) =>
        {
            try
            {
                live((ulong)seed);
            }
            catch (Exception failure)
            {
                lock (failures)
                {
                    failures.Add(seed, failure.Message);
                    if (failures.Count >= Enough || isEnough?.Invoke(failure.Message) == true)
                        loop.Stop();
                }
            }
        });
        return [.. failures.Values];
    }
}
