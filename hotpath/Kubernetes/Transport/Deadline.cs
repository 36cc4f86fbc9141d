namespace Pipeline.Kubernetes.Transport;

/// <summary>The end of a call: its time or its caller.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    public Deadline(TimeSpan timeout, TimeProvider time, CancellationToken caller)
    {
        (_timeout, _time, _start, _caller) = (timeout, time, time.GetTimestamp(), caller);
        _timer = new CancellationTokenSource(timeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
    }

    public CancellationToken Token => _either.Token;

    public TimeSpan Remaining => _timeout - _time.GetElapsedTime(_start);

    /// <summary>Whether a cancellation was the time's and not the caller's.</summary>
    public bool IsOver => _timer.IsCancellationRequested && !_caller.IsCancellationRequested;

    public KubernetesException Exception(ApiRequest request, Exception? inner)
        => new(0, Reasons.Timeout, $"{request.Method} {request.Path}: no answer within {_timeout.TotalSeconds:0.###} s.", inner: inner);

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
