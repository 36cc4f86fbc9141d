using Pipeline.Insight;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Latencies of one side of a comparison, gathered over several stretches.</summary>
internal sealed class Gauge(TimeProvider time)
{
    private readonly LatencyHistogram _latencies = new();
    private TimeSpan _elapsed;
    private long _allocated;

    public Measurement Result => Measurement.Of(_latencies, _elapsed, _allocated);

    /// <summary>Adds what was gathered to another one, and begins anew.</summary>
    /// <returns>What was gathered.</returns>
    public Measurement MoveTo(Gauge all)
    {
        var result = Result;
        all._latencies.Merge(_latencies);
        all._elapsed += _elapsed;
        all._allocated += _allocated;
        _latencies.Clear();
        (_elapsed, _allocated) = (default, default);
        return result;
    }

    /// <summary>Runs an operation so many times, each timed.</summary>
    public async Task RunAsync(int operations, Func<ValueTask> operation)
    {
        var nanosecondsPerTick = 1e9 / time.TimestampFrequency;
        var allocated = GC.GetTotalAllocatedBytes();
        var started = time.GetTimestamp();
        var from = started;
        for (var i = 0; i < operations; i++)
        {
            await operation().ConfigureAwait(false);
            var to = time.GetTimestamp();
            _latencies.Record((long)((to - from) * nanosecondsPerTick));
            from = to;
        }
        _elapsed += time.GetElapsedTime(started);
        _allocated += GC.GetTotalAllocatedBytes() - allocated;
    }

    public void Run(int operations, Action operation)
    {
        var task = RunAsync(operations, () =>
        {
            operation();
            return ValueTask.CompletedTask;
        });
        if (!task.IsCompletedSuccessfully)
            task.GetAwaiter().GetResult();
    }
}
