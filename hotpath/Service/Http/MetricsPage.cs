using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
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

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _rendering = new();

    public MetricsPage()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal))
                return;
            // By the written name: two instruments that are written alike are one metric.
            var family = _families.GetOrAdd(MetricFamily.NameOf(instrument), name => new MetricFamily(name, instrument));
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.Start();
    }

    public string Render()
    {
        // Between the forgetting and the next look nobody else may read.
        lock (_rendering)
        {
            foreach (var family in _families.Values)
                family.ForgetObserved();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var family in _families.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                family.Value.Render(text);
            return text.ToString();
        }
    }

    public void Map(IEndpointRouteBuilder endpoints)
        => endpoints.MapGet("/metrics", () => Results.Text(Render(), "text/plain; version=0.0.4; charset=utf-8"));

    public void Dispose() => _listener.Dispose();
}
