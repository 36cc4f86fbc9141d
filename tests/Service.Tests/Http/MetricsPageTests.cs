using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Http;

[Collection(Alone.Name)]
public sealed partial class MetricsPageTests : IDisposable
{
    private readonly Meter _meter = new("Pipeline.MetricsPageTests");
    private readonly MetricsPage _page = new();

    public void Dispose()
    {
        _page.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Every_line_is_valid_and_each_metric_is_described_once()
    {
        _meter.CreateCounter<long>("test.things", description: "A \\ and\na line.").Add(3, Tag("a.b", "q\"u\\o\nte"), Tag("c", 5));
        _meter.CreateCounter<long>("test_things").Add(2);
        _meter.CreateHistogram<double>("test.duration", "s").Record(0.3);
        _meter.CreateObservableGauge("test.gauge", () => double.PositiveInfinity);

        var lines = Lines();

        Assert.All(lines, line => Assert.Matches(ValidLine(), line));
        Assert.Equal(lines.Where(line => line[0] == '#').Distinct().Count(), lines.Count(line => line[0] == '#'));
        Assert.Contains(@"# HELP test_things_total A \\ and\na line.", lines);
        Assert.Single(lines, line => line == "# TYPE test_things_total counter");
        Assert.Contains("""test_things_total{a_b="q\"u\\o\nte",c="5"} 3""", lines);
        Assert.Contains("test_things_total 2", lines);
        Assert.Contains("test_gauge +Inf", lines);
    }

    [Fact]
    public void A_histogram_is_cumulative()
    {
        var histogram = _meter.CreateHistogram<double>("test.latency", "s");
        foreach (var value in new[] { 0.001, 0.0011, 0.3, 5000 })
            histogram.Record(value, Tag("k", "v"));

        var lines = Lines();

        Assert.Contains("# TYPE test_latency_seconds histogram", lines);
        Assert.Contains("""test_latency_seconds_bucket{k="v",le="0.001"} 1""", lines);
        Assert.Contains("""test_latency_seconds_bucket{k="v",le="0.0025"} 2""", lines);
        Assert.Contains("""test_latency_seconds_bucket{k="v",le="3600"} 3""", lines);
        Assert.Contains("""test_latency_seconds_bucket{k="v",le="+Inf"} 4""", lines);
        Assert.Contains("""test_latency_seconds_count{k="v"} 4""", lines);
        var buckets = lines.Where(line => line.StartsWith("test_latency_seconds_bucket", StringComparison.Ordinal)).Select(line => long.Parse(line.Split(' ')[1])).ToList();
        Assert.Equal(buckets.Order(), buckets);
    }

    [Fact]
    public void Gauges_show_the_newest_value_and_what_goes_up_and_down_is_no_counter()
    {
        var gauge = _meter.CreateGauge<long>("test.level");
        gauge.Record(7);
        gauge.Record(4);
        var upDown = _meter.CreateUpDownCounter<long>("test.open");
        upDown.Add(3);
        upDown.Add(-1);

        var lines = Lines();

        Assert.Contains("test_level 4", lines);
        Assert.Contains("# TYPE test_open gauge", lines);
        Assert.Contains("test_open 2", lines);
    }

    [Fact]
    public void A_label_set_that_is_observed_no_more_is_not_shown_with_its_last_value()
    {
        var depths = new Dictionary<string, int> { ["steps"] = 3, ["notifications"] = 1 };
        _meter.CreateObservableGauge("test.depth", () => depths.Select(depth => new Measurement<int>(depth.Value, Tag("queue", depth.Key))));
        Assert.Contains("""test_depth{queue="steps"} 3""", Lines());

        depths.Remove("steps");

        Assert.Equal(["""test_depth{queue="notifications"} 1"""], Lines().Where(line => line.StartsWith("test_depth", StringComparison.Ordinal)));
    }

    [Fact]
    public void Label_sets_without_end_stop_at_a_bound()
    {
        var counter = _meter.CreateCounter<long>("test.endless");
        for (var i = 0; i < MetricFamily.MaxSeries + 500; i++)
            counter.Add(1, Tag("i", i));

        Assert.Equal(MetricFamily.MaxSeries, Lines().Count(line => line.StartsWith("test_endless_total{", StringComparison.Ordinal)));
    }

    [Fact]
    public void Equal_labels_are_one_series_whatever_object_holds_them_and_many_labels_work_as_well()
    {
        var counter = _meter.CreateCounter<long>("test.same");
        counter.Add(1, Tag("k", "v1"));
        counter.Add(1, Tag("k", string.Concat("v", 1)));
        counter.Add(1, Tag("k", "v1"), Tag("b", 1), Tag("c", 2), Tag("d", 3));
        counter.Add(1, Tag("k", "v1"), Tag("b", 1), Tag("c", 2), Tag("d", 3));

        var lines = Lines();

        Assert.Contains("""test_same_total{k="v1"} 2""", lines);
        Assert.Contains("""test_same_total{k="v1",b="1",c="2",d="3"} 2""", lines);
    }

    [Fact]
    public void A_label_set_seen_before_costs_no_garbage()
    {
        var counter = _meter.CreateCounter<long>("test.cheap");
        var tag = Tag("code", "accepted");
        counter.Add(1, tag);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
            counter.Add(1, tag);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static KeyValuePair<string, object?> Tag(string key, object value) => new(key, value);

    private List<string> Lines() => [.. _page.Render().Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    [GeneratedRegex("""^(# HELP [a-z_]+ .*|# TYPE [a-z_]+ (counter|gauge|histogram)|[a-z_]+(\{([a-zA-Z_]+="([^"\\]|\\["\\n])*",?)+\})? (\+Inf|-?[0-9.eE+-]+))$""")]
    private static partial Regex ValidLine();
}
