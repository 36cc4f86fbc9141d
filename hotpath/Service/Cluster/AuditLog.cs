using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Cluster;

/// <summary>Tells people what the engine wants them to know: who went ahead of the queue, and what it offers.</summary>
public sealed class AuditLog : IDisposable
{
    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _urgent;
    private readonly ILogger<AuditLog> _logger;

    public AuditLog(ILogger<AuditLog> logger)
    {
        _logger = logger;
        _urgent = _meter.CreateCounter<long>("pipeline_urgent_requests_total", description: "Urgent requests that were taken, by project.");
    }

    public void Note(Effect.Urgent urgent)
    {
        ClusterLog.Urgent(_logger, urgent.Name, urgent.Project, urgent.Actor);
        _urgent.Add(1, new KeyValuePair<string, object?>("project", urgent.Project));
    }

    public void Note(Effect.ReplacementOffered offer) => ClusterLog.ReplacementOffered(_logger, offer.NodeName, offer.Workload, offer.Replacement);

    public void Dispose() => _meter.Dispose();
}
