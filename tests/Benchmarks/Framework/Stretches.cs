using System.Runtime;
using Pipeline.Insight;

namespace Pipeline.Benchmarks.Framework;

/// <summary>
/// An operation that is timed on the calling thread in batches, some batches at a stretch. What is compared takes turns, so that a
/// machine that is slow for a while is slow for all.
/// </summary>
/// <param name="operationsPerBatch">Where one operation takes about as long as reading the clock (some 25 ns), several; percentiles are those of the batch's mean.</param>
/// <param name="operation">Its argument counts up from 0.</param>
/// <param name="undo">Follows each batch untimed, once for each of its operations. What it allocates counts as the operation's.</param>
internal sealed class Stretches(TimeProvider time, int operationsPerBatch, Action<int> operation, Action<int>? undo = null)
{
    // A collection in the background counts what is left of a thread's buffer, up to 8 KiB, as allocated.
    private const GCLatencyMode WithoutBackground = GCLatencyMode.Batch;

    private readonly LatencyHistogram _latencies = new();
    private readonly double _nanosecondsPerTick = 1e9 / time.TimestampFrequency;
    private long _elapsed;
    private long _allocated;
    private int _step;

    public Measurement Result => Measurement.Of(_latencies, time.GetElapsedTime(0, _elapsed), _allocated, operationsPerBatch);

    public void WarmUp(int operations)
    {
        // Ends one that the setting up has left in the background.
        GC.Collect();
        for (; operations > 0; operations--)
        {
            operation(_step);
            undo?.Invoke(_step);
            _step++;
        }
    }

    public void Run(int batches)
    {
        var mode = GCSettings.LatencyMode;
        GCSettings.LatencyMode = WithoutBackground;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (; batches > 0; batches--)
        {
            var from = time.GetTimestamp();
            for (var i = 0; i < operationsPerBatch; i++)
                operation(_step++);
            var ticks = time.GetTimestamp() - from;
            _elapsed += ticks;
            _latencies.Record((long)(ticks * _nanosecondsPerTick));
            for (var i = operationsPerBatch; undo != null && i > 0; i--)
                undo(_step - i);
        }
        _allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        GCSettings.LatencyMode = mode;
    }
}
