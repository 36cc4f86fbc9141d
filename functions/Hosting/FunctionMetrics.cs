using System.Diagnostics.Metrics;
using Pipeline.Functions.Hosting.Queues;

namespace Pipeline.Functions.Hosting;

/// <summary>What the host measures, on meter <c>Pipeline.Functions</c>.</summary>
public sealed class FunctionMetrics : IDisposable
{
    public const string MeterName = "Pipeline.Functions";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _invocations;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _poisoned;
    private readonly Counter<long> _poisonDropped;
    private readonly Counter<long> _resets;

    public FunctionMetrics()
    {
        _invocations = Counter("invocations", "Invocations by function and outcome");
        _duration = _meter.CreateHistogram<double>("pipeline.functions.duration", "s", "Time from start to end of an invocation");
        _malformed = Counter("malformed_messages", "Queue messages that could not be read");
        _poisoned = Counter("poisoned_messages", "Messages moved to a poison queue");
        _poisonDropped = Counter("poison_dropped", "Messages dropped from a full poison queue");
        _resets = Counter("queue.resets", "Starts with an empty queue because its log was damaged");
    }

    public void Invoked(string function, InvocationOutcome outcome, TimeSpan duration)
    {
        var name = KeyValuePair.Create<string, object?>("function", function);
        _invocations.Add(1, name, KeyValuePair.Create<string, object?>("outcome", outcome.ToString()));
        _duration.Record(duration.TotalSeconds, name);
    }

    public void Malformed(string function) => _malformed.Add(1, KeyValuePair.Create<string, object?>("function", function));

    public void Poisoned(string queue) => _poisoned.Add(1, KeyValuePair.Create<string, object?>("queue", queue));

    public void PoisonDropped(string queue) => _poisonDropped.Add(1, KeyValuePair.Create<string, object?>("queue", queue));

    public void QueueReset() => _resets.Add(1);

    /// <summary>Reports the depth of every queue, and the messages on poison queues on their own.</summary>
    public void Observe(EmbeddedQueue queue)
    {
        _meter.CreateObservableGauge("pipeline.functions.queue.depth", () => Depths(queue, false), null, "Messages on the queue");
        _meter.CreateObservableGauge("pipeline.functions.queue.poison", () => Depths(queue, true), null, "Messages on the poison queue");
    }

    public void Dispose() => _meter.Dispose();

    private Counter<long> Counter(string name, string description) =>
        _meter.CreateCounter<long>($"pipeline.functions.{name}", description: description);

    private static IEnumerable<Measurement<int>> Depths(EmbeddedQueue queue, bool poison) =>
        queue.Counts()
            .Where(q => QueueNames.IsPoison(q.Key) == poison)
            .Select(q => new Measurement<int>(q.Value, KeyValuePair.Create<string, object?>("queue", q.Key)));
}
