using Pipeline.Insight;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Insight;

public class LatencyHistogramTests
{
    [Fact]
    public void A_percentile_is_within_a_thousandth_of_the_exact_one()
        => Seeded.ForAll(random =>
        {
            var histogram = new LatencyHistogram();
            var values = Enumerable.Range(0, 500).Select(_ => random.NextInt64(1L << random.Next(1, 40))).Order().ToArray();
            foreach (var value in values)
                histogram.Record(value);
            foreach (var percent in new[] { 0, 1, 50, 90, 99, 99.9, 100 })
            {
                var exact = values[Math.Max(1, (int)Math.Ceiling(percent / 100 * values.Length)) - 1];
                Assert.InRange(histogram.Percentile(percent), exact, exact + exact / 1000);
            }
            Assert.Equal((values[0], values[^1], values.Average()), (histogram.Min, histogram.Max, Math.Round(histogram.Mean, 9)), Close);
        }, 50);

    [Fact]
    public void Merging_counts_what_both_counted()
    {
        var (one, other, both) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var value = 1; value < 10_000; value += 7)
        {
            (value % 2 == 0 ? one : other).Record(value);
            both.Record(value);
        }
        one.Merge(other);
        Assert.Equal((both.Count, both.Min, both.Max), (one.Count, one.Min, one.Max));
        Assert.Equal(both.Percentile(99), one.Percentile(99));
        one.Clear();
        Assert.Equal((0L, 0L, 0L, 0L), (one.Count, one.Min, one.Max, one.Percentile(50)));
    }

    [Fact]
    public void Values_out_of_range_count_at_its_ends()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-1);
        histogram.Record(long.MaxValue);
        Assert.Equal((0L, LatencyHistogram.Longest), (histogram.Min, histogram.Percentile(100)));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Percentile(100.1));
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var value = 0; value < 10_000; value++)
            histogram.Record(value * 1000L);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool Close((long Min, long Max, double Mean) one, (long Min, long Max, double Mean) other)
        => one.Min == other.Min && one.Max == other.Max && Math.Abs(one.Mean - other.Mean) <= 1e-6 * Math.Max(1, one.Mean);
}
