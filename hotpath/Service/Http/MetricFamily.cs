using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Pipeline.Hotpath.Http;

/// <summary>One metric with all its series: takes measurements from any thread, writes Prometheus' text format 0.0.4.</summary>
internal sealed class MetricFamily(string name, Instrument instrument)
{
    /// <summary>An instrument with more label sets than this is a mistake in the instrument; the page must not grow without end.</summary>
    public const int MaxSeries = 2_000;

    private static readonly double[] Bounds = [0.00001, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    private readonly bool _histogram = IsKind(instrument, "Histogram`");
    private readonly bool _absolute = IsKind(instrument, "Observable") || IsKind(instrument, "Gauge`");
    private readonly bool _counter = IsCounter(instrument);
    private readonly ConcurrentDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<TagSet, MetricSeries> _byTags = new();
    // Without labels, once there is one: it is not looked for then, by what is measured at every decision.
    private MetricSeries? _plain;
    private int _seriesCount;
    private int _tagSetCount;

    /// <summary>Prometheus' naming: no dots, the unit last, counters end in _total.</summary>
    public static string NameOf(Instrument instrument)
    {
        var name = Sanitize(instrument.Name);
        if (instrument.Unit == "s" && !name.EndsWith("_seconds", StringComparison.Ordinal))
            name += "_seconds";
        return IsCounter(instrument) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (SeriesOf(tags) is not { } series)
            return;
        lock (series)
        {
            series.Sum = _absolute ? value : series.Sum + value;
            series.Count++;
            if (!_histogram)
                return;
            var bucket = Array.BinarySearch(Bounds, value);
            series.Buckets[bucket < 0 ? ~bucket : bucket]++;
        }
    }

    /// <summary>Before the instrument is observed again: a label set that it does not tell any more must not stay with its last value.</summary>
    public void ForgetObserved()
    {
        if (!instrument.IsObservable)
            return;
        _series.Clear();
        _byTags.Clear();
        _plain = null;
        (_seriesCount, _tagSetCount) = (0, 0);
    }

    public void Render(StringBuilder text)
    {
        if (_series.IsEmpty)
            return;
        text.Append("# HELP ").Append(name).Append(' ').Append((instrument.Description ?? "").Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        text.Append("# TYPE ").Append(name).Append(_histogram ? " histogram\n" : _counter ? " counter\n" : " gauge\n");
        foreach (var (labels, series) in _series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            lock (series)
            {
                if (_histogram)
                    RenderHistogram(text, labels, series);
                else
                    Line(text, "", labels, "", series.Sum);
            }
        }
    }

    /// <returns>Null when the family is full.</returns>
    private MetricSeries? SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return _plain ??= SeriesOf("");
        if (tags.Length > TagSet.Capacity)
            return SeriesOf(LabelsOf(tags));
        var key = new TagSet(tags);
        if (_byTags.TryGetValue(key, out var series))
            return series;
        series = SeriesOf(LabelsOf(tags));
        // Equal labels may come as unequal tags; past the bound they go the slow way.
        if (series is not null && _tagSetCount < MaxSeries && _byTags.TryAdd(key, series))
            Interlocked.Increment(ref _tagSetCount);
        return series;
    }

    private MetricSeries? SeriesOf(string labels)
    {
        if (_series.TryGetValue(labels, out var known))
            return known;
        if (Interlocked.Increment(ref _seriesCount) > MaxSeries)
        {
            Interlocked.Decrement(ref _seriesCount);
            return null;
        }

        var added = new MetricSeries(_histogram ? Bounds.Length + 1 : 0);
        var series = _series.GetOrAdd(labels, added);
        if (!ReferenceEquals(series, added))
            Interlocked.Decrement(ref _seriesCount);
        return series;
    }

    private void RenderHistogram(StringBuilder text, string labels, MetricSeries series)
    {
        long cumulative = 0;
        for (var i = 0; i < Bounds.Length; i++)
        {
            cumulative += series.Buckets[i];
            Line(text, "_bucket", labels, $"le=\"{TextOf(Bounds[i])}\"", cumulative);
        }

        Line(text, "_bucket", labels, "le=\"+Inf\"", series.Count);
        Line(text, "_sum", labels, "", series.Sum);
        Line(text, "_count", labels, "", series.Count);
    }

    private void Line(StringBuilder text, string suffix, string labels, string bound, double value)
    {
        text.Append(name).Append(suffix);
        var all = labels.Length > 0 && bound.Length > 0 ? labels + "," + bound : labels + bound;
        if (all.Length > 0)
            text.Append('{').Append(all).Append('}');
        text.Append(' ').Append(TextOf(value)).Append('\n');
    }

    private static string TextOf(double value)
        => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString(CultureInfo.InvariantCulture);

    private static bool IsKind(Instrument instrument, string kind) => instrument.GetType().Name.StartsWith(kind, StringComparison.Ordinal);

    private static bool IsCounter(Instrument instrument) => IsKind(instrument, "Counter`") || IsKind(instrument, "ObservableCounter`");

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var tag in tags)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(Sanitize(tag.Key)).Append("=\"").Append(Escape(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }

        return text.ToString();
    }

    private static string Sanitize(string name) => name.Replace('.', '_').Replace('-', '_');

    private static string Escape(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
}

/// <summary>One label set of a metric; guarded by its own lock.</summary>
internal sealed class MetricSeries(int buckets)
{
    /// <summary>Sum of a counter or histogram, the newest value of a gauge.</summary>
    public double Sum;

    public long Count;

    public readonly long[] Buckets = new long[buckets];
}
