using System.Diagnostics.Metrics;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Loop;

/// <summary>What the loop tells about itself. Counts are plain numbers of the loop, read when somebody asks: tags made per command would be garbage.</summary>
internal sealed class LoopMetrics : IDisposable
{
    private const int Outcomes = 16;

    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _decided;
    private readonly TimeProvider _time;
    private readonly long[] _commands = new long[256 * Outcomes];
    private long _batches;

    public LoopMetrics(Func<int> queued, Func<int> awaitingCommit, TimeProvider time)
    {
        _time = time;
        _refused = _meter.CreateCounter<long>("pipeline_commands_refused_total", description: "Commands refused because too many waited for the loop or for the disk.");
        _decided = _meter.CreateHistogram<double>("pipeline_decision_seconds", "s", "From submission to decision.");
        _meter.CreateObservableCounter("pipeline_commands_total", Commands, description: "Commands decided, by kind and outcome.");
        _meter.CreateObservableCounter("pipeline_batches_total", () => Volatile.Read(ref _batches), description: "Batches that the decision loop ran.");
        _meter.CreateObservableGauge("pipeline_commands_queued", () => (long)queued(), description: "Commands waiting for the loop.");
        _meter.CreateObservableGauge("pipeline_replies_awaiting_commit", () => (long)awaitingCommit(), description: "Durable replies waiting for the disk.");
    }

    public void Batch() => Volatile.Write(ref _batches, _batches + 1);

    public void Refused() => _refused.Add(1);

    public void Decided(CommandKind kind, Outcome outcome, long enteredAt)
    {
        ref var count = ref _commands[((int)kind * Outcomes) + (int)outcome];
        Volatile.Write(ref count, count + 1);
        if (_decided.Enabled)
            _decided.Record(_time.GetElapsedTime(enteredAt).TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Commands()
    {
        foreach (var kind in Enum.GetValues<CommandKind>())
        {
            foreach (var outcome in Enum.GetValues<Outcome>())
            {
                var count = Volatile.Read(ref _commands[((int)kind * Outcomes) + (int)outcome]);
                if (count > 0)
                    yield return new Measurement<long>(count, new KeyValuePair<string, object?>("kind", kind.ToString()), new("outcome", outcome.ToString()));
            }
        }
    }
}
