namespace Pipeline.Kubernetes.Watching;

/// <summary>Ends reads that take too long, with one timer for all reads of a stream. The time between reads is the consumer's and does not count.</summary>
internal sealed class SilenceTimer : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationToken _caller;
    // Never disposed: the timer may be ending it at that moment, and an exception on its thread would end the process.
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _either;
    private readonly ITimer _timer;

    public SilenceTimer(TimeSpan timeout, TimeProvider time, CancellationToken caller)
    {
        (_timeout, _caller) = (timeout, caller);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, caller);
        _timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _over, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a cancellation was the silence's and not the caller's.</summary>
    public bool IsOver => _over.IsCancellationRequested && !_caller.IsCancellationRequested;

    public CancellationToken Start()
    {
        _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
        return _either.Token;
    }

    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        _either.Dispose();
    }
}
