using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Counts what this process has no right to, by verb and resource, and says it as long as it lasts, at a rate that can be read.</summary>
internal sealed class Denials : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _denied;
    private readonly ConcurrentDictionary<AccessRight, Pace> _said = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public Denials(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        _denied = _meter.CreateCounter<long>(
            "pipeline_kubernetes_denied_total", description: "Requests that the API server's authorizer did not allow, by verb and resource as RBAC names them.");
    }

    public void Follow(KubernetesClient client) => client.Denied += Note;

    public void Dispose() => _meter.Dispose();

    private void Note(KubernetesException refusal)
    {
        var right = refusal.Denied!;
        _denied.Add(1, new("verb", right.Verb), new("resource", right.Resource));
        if (_said.GetOrAdd(right, _ => new Pace(_time, Again)).IsDue())
            KubernetesLog.Denied(_logger, right.Verb, right.Resource, refusal.Reason, refusal.Message);
    }
}
