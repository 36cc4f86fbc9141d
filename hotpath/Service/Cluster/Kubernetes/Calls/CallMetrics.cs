using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Kubernetes;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>Counts what the API server refused or did not answer, and says it once for each reason in a row, and again while it lasts.</summary>
internal sealed class CallMetrics : IDisposable
{
    // An outage may last a night.
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _lists;
    private readonly ConcurrentDictionary<string, (string Reason, long At)> _told = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public CallMetrics(TimeProvider time, ILogger logger)
    {
        (_time, _logger) = (time, logger);
        _failures = _meter.CreateCounter<long>(
            "pipeline_kubernetes_failures_total", description: "Calls that the API server refused or did not answer, by call and reason.");
        _lists = _meter.CreateHistogram<double>("pipeline_kubernetes_list_seconds", "s", "Lists of all objects of a kind, from the first request to the last object, by kind.");
    }

    public async Task CountAsync(string call, Func<Task> work) => await CountAsync(call, async () =>
    {
        await work().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);

    public async Task<T> CountAsync<T>(string call, Func<Task<T>> work)
    {
        try
        {
            var result = await work().ConfigureAwait(false);
            _told.TryRemove(call, out _);
            return result;
        }
        catch (KubernetesException exception)
        {
            Failed(call, exception);
            throw;
        }
    }

    public void Listed(string kind, TimeSpan took) => _lists.Record(took.TotalSeconds, new KeyValuePair<string, object?>("kind", kind));

    public void Failed(string call, KubernetesException exception)
    {
        _failures.Add(1, new("call", call), new("reason", exception.Reason));
        // Told already, with what is lacking.
        if (exception.Denied is not null)
            return;
        if (_told.TryGetValue(call, out var known) && known.Reason == exception.Reason && _time.GetElapsedTime(known.At) < Again)
            return;
        _told[call] = (exception.Reason, _time.GetTimestamp());
        KubernetesLog.Refused(_logger, call, exception.Reason, exception.Message);
    }

    public void Dispose() => _meter.Dispose();
}
