namespace Pipeline.Benchmarks.Rpc;

/// <summary>Rounds in which what is compared takes turns: a machine that is slow for a while is slow for all of it.</summary>
internal static class Rounds
{
    private const int Measured = 200;

    // Hot code is compiled twice, the second time a while after it has become so; and the first checkpoints, one every five seconds, have
    // code of their own to compile.
    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(20);

    /// <param name="round">A turn of each.</param>
    /// <param name="forget">Called when the server has compiled what it needs; what is measured begins here.</param>
    public static async Task RunAsync(TimeProvider time, Func<Task> round, Action forget)
    {
        for (var started = time.GetTimestamp(); time.GetElapsedTime(started) < Warmup;)
            await round();
        forget();
        for (var i = 0; i < Measured; i++)
            await round();
    }
}
