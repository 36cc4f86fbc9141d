using Pipeline.Insight;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Latencies of one case.</summary>
/// <param name="PerSecond">Operations in a second.</param>
/// <param name="BytesPerOperation">Managed bytes that the measuring thread allocated.</param>
internal sealed record Measurement(double P50, double P99, double P999, double PerSecond, double BytesPerOperation)
{
    /// <param name="elapsed">Time in which all operations ran.</param>
    /// <param name="operations">Operations of one recorded latency.</param>
    public static Measurement Of(LatencyHistogram latencies, TimeSpan elapsed, long allocated, int operations = 1) => new(
        (double)latencies.Percentile(50) / operations,
        (double)latencies.Percentile(99) / operations,
        (double)latencies.Percentile(99.9) / operations,
        latencies.Count * operations / elapsed.TotalSeconds,
        (double)allocated / (latencies.Count * operations));
}
