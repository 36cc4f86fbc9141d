using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Cluster;

/// <summary>Keeps the audit of who went ahead of the queue.</summary>
public sealed class UrgentRequests : IDisposable
{
    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _taken;
    private readonly ILogger<UrgentRequests> _logger;

    public UrgentRequests(ILogger<UrgentRequests> logger)
    {
        _logger = logger;
        _taken = _meter.CreateCounter<long>("pipeline_urgent_requests_total", description: "Urgent requests that were taken, by project.");
    }

    public void Note(Effect.Urgent urgent)
    {
        ClusterLog.Urgent(_logger, urgent.Name, urgent.Project, urgent.Actor);
        _taken.Add(1, new KeyValuePair<string, object?>("project", urgent.Project));
    }

    public void Dispose() => _meter.Dispose();
}
