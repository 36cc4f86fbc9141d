namespace Pipeline.Benchmarks.Rpc;

internal static class Warmup
{
    // Hot code is compiled twice, the second time a while after it has become so; and the first checkpoints, one every five seconds, have
    // code of their own to compile.
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);

    /// <summary>Runs rounds until the server has compiled what it needs for them.</summary>
    public static async Task RunAsync(TimeProvider time, Func<Task> round)
    {
        for (var started = time.GetTimestamp(); time.GetElapsedTime(started) < Length;)
            await round();
    }
}
