using System.Diagnostics.Metrics;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc;

/// <summary>Calls by method and status. Plain numbers, read when somebody asks: tags made per call would be garbage.</summary>
internal sealed class GrpcMetrics : IDisposable
{
    private readonly Meter _meter = new("Pipeline.Grpc");
    private readonly List<CallCounts> _methods = [];

    public GrpcMetrics()
    {
        _meter.CreateObservableCounter("pipeline_grpc_calls_total", Ended, description: "gRPC calls that have ended, by method and status.");
        _meter.CreateObservableGauge("pipeline_grpc_calls_running", Running, description: "gRPC calls that are going on, by method.");
    }

    public long RunningCalls => _methods.Sum(method => method.Running);

    /// <summary>Only before the server starts.</summary>
    public CallCounts Of(string method)
    {
        var counts = new CallCounts(method);
        _methods.Add(counts);
        return counts;
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Ended()
        => from method in _methods
           from status in Enum.GetValues<GrpcStatusCode>()
           let count = method.Count(status)
           where count > 0
           select new Measurement<long>(count, new KeyValuePair<string, object?>("method", method.Method), new("status", status.ToString()));

    private IEnumerable<Measurement<long>> Running()
        => _methods.Select(method => new Measurement<long>(method.Running, new KeyValuePair<string, object?>("method", method.Method)));
}

/// <summary>Calls of one method.</summary>
internal sealed class CallCounts(string method)
{
    private readonly long[] _ended = new long[(int)GrpcStatusCode.Unauthenticated + 1];
    private long _started;

    public string Method => method;

    public long Running => Volatile.Read(ref _started) - _ended.Sum();

    public long Count(GrpcStatusCode status) => Volatile.Read(ref _ended[(int)status]);

    public void Started() => Interlocked.Increment(ref _started);

    public void Ended(GrpcStatusCode status) => Interlocked.Increment(ref _ended[(int)status]);
}
