using Pipeline.Insight;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Times an operation on the calling thread.</summary>
internal static class Measure
{
    /// <summary>
    /// Runs <paramref name="operation"/> in timed batches. Where one operation takes about as long as reading the clock (some 25 ns), a
    /// batch must hold several; the percentiles are then those of the batch's mean.
    /// </summary>
    /// <param name="operation">Its argument counts up from 0.</param>
    /// <param name="undo">Follows each batch untimed, once for each of its operations. What it allocates counts as the operation's.</param>
    public static Measurement Batches(
        TimeProvider time, int warmups, int batches, int operationsPerBatch, Action<int> operation, Action<int>? undo = null)
    {
        var nanosecondsPerTick = 1e9 / time.TimestampFrequency;
        var step = 0;
        for (; step < warmups; step++)
        {
            operation(step);
            undo?.Invoke(step);
        }
        var latencies = new LatencyHistogram();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var elapsed = 0L;
        for (var batch = 0; batch < batches; batch++)
        {
            var from = time.GetTimestamp();
            for (var i = 0; i < operationsPerBatch; i++)
                operation(step++);
            var ticks = time.GetTimestamp() - from;
            elapsed += ticks;
            latencies.Record((long)(ticks * nanosecondsPerTick));
            for (var i = operationsPerBatch; undo != null && i > 0; i--)
                undo(step - i);
        }
        return Measurement.Of(latencies, time.GetElapsedTime(0, elapsed), GC.GetAllocatedBytesForCurrentThread() - allocated, operationsPerBatch);
    }
}
