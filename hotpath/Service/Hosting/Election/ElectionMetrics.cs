using System.Diagnostics.Metrics;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>Whether this process leads.</summary>
internal sealed class ElectionMetrics : IDisposable
{
    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _transitions;

    /// <param name="leads">Asked whenever somebody reads the metrics.</param>
    public ElectionMetrics(Func<bool> leads)
    {
        _meter.CreateObservableGauge("pipeline_leader", () => leads() ? 1L : 0L, description: "1 while this process leads, 0 while it stands by.");
        _transitions = _meter.CreateCounter<long>("pipeline_leader_transitions_total", description: "Leaderships that this process began or lost.");
        _transitions.Add(0);
    }

    public void Changed() => _transitions.Add(1);

    public void Dispose() => _meter.Dispose();
}
