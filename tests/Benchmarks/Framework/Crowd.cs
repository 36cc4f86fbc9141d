using Pipeline.Insight;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Latencies and rate of several producers at once, each with one operation at a time, gathered over several stretches.</summary>
internal sealed class Crowd(TimeProvider time)
{
    private readonly LatencyHistogram _latencies = new();
    private TimeSpan _elapsed;
    private long _allocated;

    public Measurement Result => Measurement.Of(_latencies, _elapsed, _allocated);

    /// <summary>Adds what was gathered to another one, and begins anew.</summary>
    /// <returns>What was gathered.</returns>
    public Measurement MoveTo(Crowd all)
    {
        var result = Result;
        all._latencies.Merge(_latencies);
        all._elapsed += _elapsed;
        all._allocated += _allocated;
        _latencies.Clear();
        (_elapsed, _allocated) = (default, default);
        return result;
    }

    /// <param name="producers">How many at once.</param>
    /// <param name="operationsEach">How many operations each of them runs.</param>
    /// <param name="operation">Its argument is the producer, from 0.</param>
    public async Task RunAsync(int producers, int operationsEach, Func<int, ValueTask> operation)
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var started = time.GetTimestamp();
        var each = await Task.WhenAll(Enumerable.Range(0, producers).Select(
            producer => Task.Run(() => ProduceAsync(operationsEach, () => operation(producer))))).ConfigureAwait(false);
        _elapsed += time.GetElapsedTime(started);
        _allocated += GC.GetTotalAllocatedBytes() - allocated;
        foreach (var ticks in each)
        {
            foreach (var one in ticks)
                _latencies.Record((long)(one * (1e9 / time.TimestampFrequency)));
        }
    }

    private async Task<long[]> ProduceAsync(int operations, Func<ValueTask> operation)
    {
        var ticks = new long[operations];
        for (var i = 0; i < operations; i++)
        {
            var from = time.GetTimestamp();
            await operation().ConfigureAwait(false);
            ticks[i] = time.GetTimestamp() - from;
        }
        return ticks;
    }
}
