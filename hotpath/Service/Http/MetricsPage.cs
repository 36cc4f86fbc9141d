using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Pipeline.Hotpath.Http;

/// <summary>
/// Collects the instruments of the product's meters and writes them in Prometheus' text format 0.0.4.
/// </summary>
public sealed class MetricsPage : IDisposable
{
    private const string MeterPrefix = "Pipeline.";

    // An instrument with more label sets than this is a mistake in the instrument; the page must not grow without end.
    private const int MaxSeries = 2_000;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public MetricsPage()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal))
                return;
            var family = _families.GetOrAdd(instrument.Name, _ => new Family(instrument));
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((Family)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((Family)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((Family)state!).Record(value, tags));
        _listener.Start();
    }

    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _families.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            family.Value.Render(text);
        return text.ToString();
    }

    public void Map(IEndpointRouteBuilder endpoints)
        => endpoints.MapGet("/metrics", () => Results.Text(Render(), "text/plain; version=0.0.4; charset=utf-8"));

    public void Dispose() => _listener.Dispose();

    private sealed class Family(Instrument instrument)
    {
        private readonly string _name = NameOf(instrument);

        private static readonly double[] Bounds = [0.00001, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

        private readonly bool _histogram = instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal);
        private readonly bool _absolute = instrument.GetType().Name.StartsWith("Observable", StringComparison.Ordinal);
        private readonly bool _counter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal);
        private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);

        public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = tags.IsEmpty ? "" : LabelsOf(tags);
            if (!_series.TryGetValue(labels, out var series))
            {
                if (_series.Count >= MaxSeries)
                    return;
                series = _series.GetOrAdd(labels, _ => new Series(_histogram ? Bounds.Length + 1 : 0));
            }

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

        public void Render(StringBuilder text)
        {
            if (_series.IsEmpty)
                return;
            text.Append("# HELP ").Append(_name).Append(' ').Append(instrument.Description ?? "").Append('\n');
            text.Append("# TYPE ").Append(_name).Append(_histogram ? " histogram\n" : _counter ? " counter\n" : " gauge\n");
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

        private void RenderHistogram(StringBuilder text, string labels, Series series)
        {
            long cumulative = 0;
            for (var i = 0; i < Bounds.Length; i++)
            {
                cumulative += series.Buckets[i];
                Line(text, "_bucket", labels, $"le=\"{Bounds[i].ToString(CultureInfo.InvariantCulture)}\"", cumulative);
            }

            Line(text, "_bucket", labels, "le=\"+Inf\"", series.Count);
            Line(text, "_sum", labels, "", series.Sum);
            Line(text, "_count", labels, "", series.Count);
        }

        private void Line(StringBuilder text, string suffix, string labels, string bound, double value)
        {
            text.Append(_name).Append(suffix);
            var all = labels.Length > 0 && bound.Length > 0 ? labels + "," + bound : labels + bound;
            if (all.Length > 0)
                text.Append('{').Append(all).Append('}');
            text.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }

        // Prometheus' naming: no dots, the unit last, counters end in _total.
        private static string NameOf(Instrument instrument)
        {
            var name = instrument.Name.Replace('.', '_');
            if (instrument.Unit == "s" && !name.EndsWith("_seconds", StringComparison.Ordinal))
                name += "_seconds";
            var counter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal);
            return counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
        }

        private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var text = new StringBuilder();
            foreach (var tag in tags)
            {
                if (text.Length > 0)
                    text.Append(',');
                text.Append(tag.Key).Append("=\"").Append(Escape(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")).Append('"');
            }

            return text.ToString();
        }

        private static string Escape(string value) => value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n");
    }

    private sealed class Series(int buckets)
    {
        public double Sum;
        public long Count;
        public readonly long[] Buckets = new long[buckets];
    }
}
