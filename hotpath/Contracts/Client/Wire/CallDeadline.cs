namespace Pipeline.Contracts.Client.Wire;

/// <summary>What ends a call from this side: its caller, or its deadline.</summary>
internal sealed class CallDeadline : IDisposable
{
    // A timer cannot wait longer, and no caller does.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    public CallDeadline(TimeSpan timeout, TimeProvider time, CancellationToken caller)
    {
        _time = time;
        _started = time.GetTimestamp();
        _timeout = timeout;
        _caller = caller;
        _deadline = timeout == Timeout.InfiniteTimeSpan || timeout > Longest ? new CancellationTokenSource()
            : new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, caller);
    }

    public CancellationToken Token => _either.Token;

    /// <summary>Null: none.</summary>
    public TimeSpan? Remaining => _timeout == Timeout.InfiniteTimeSpan ? null : _timeout - _time.GetElapsedTime(_started);

    /// <summary>What the caller is told instead of this exception; null: it is told as it is.</summary>
    public Exception? Explain(Exception exception)
    {
        if (exception is not OperationCanceledException and not GrpcCallException { Status: GrpcStatusCode.Cancelled } && !TransportFault.Is(exception))
            return null;
        // Whatever the end of the call looks like, whoever ended it is the reason.
        if (_caller.IsCancellationRequested)
            return new OperationCanceledException("The caller ended the call.", exception, _caller);
        if (_deadline.IsCancellationRequested)
            return new GrpcCallException(GrpcStatusCode.DeadlineExceeded, $"There was no answer within {_timeout}.", inner: exception);
        return exception switch
        {
            GrpcCallException => null,
            // Nobody asked for it: the handler's own bound on connecting.
            OperationCanceledException => TransportFault.Of(new IOException(exception.InnerException?.Message ?? exception.Message, exception)),
            _ => TransportFault.Of(exception),
        };
    }

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}
