using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>Watches whose place in the history the server had forgotten (410 Gone), as the product's metric counts them.</summary>
internal sealed class ExpiredWatches : IDisposable
{
    private readonly ConcurrentDictionary<string, bool> _kinds = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public ExpiredWatches()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "pipeline_kubernetes_failures_total")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            var (call, reason) = ("", "");
            foreach (var tag in tags)
                (call, reason) = (tag.Key == "call" ? (string)tag.Value! : call, tag.Key == "reason" ? (string)tag.Value! : reason);
            if (call.StartsWith("watch ", StringComparison.Ordinal) && reason is "Expired" or "Gone")
                _kinds[call["watch ".Length..]] = true;
        });
        _listener.Start();
    }

    public IReadOnlyCollection<string> Kinds => [.. _kinds.Keys];

    public void Dispose() => _listener.Dispose();
}
