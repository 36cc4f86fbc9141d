using System.Diagnostics.Metrics;

namespace Pipeline.Functions.Notify;

/// <summary>Counters of the meter <c>Pipeline.Functions</c>.</summary>
internal sealed class NotifyMetrics
{
    private readonly Counter<long> _calls;
    private readonly Counter<double> _throttled;

    public NotifyMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Pipeline.Functions");
        _calls = meter.CreateCounter<long>("pipeline.notify.calls", "{call}", "Calls to notification services by sender and outcome.");
        _throttled = meter.CreateCounter<double>("pipeline.notify.throttled", "s", "Time that notification services or their rate limits made senders wait.");
    }

    /// <param name="outcome"><c>ok</c>, <c>throttled</c>, <c>outage</c> or <c>refused</c>.</param>
    public void Called(string sender, string outcome) => _calls.Add(1, new("sender", sender), new("outcome", outcome));

    public void Throttled(string sender, TimeSpan wait) => _throttled.Add(wait.TotalSeconds, new KeyValuePair<string, object?>("sender", sender));
}
