namespace Pipeline.Functions.Api.Events;

/// <summary>Counts listeners, refuses one too many, and tells the poller when anybody listens at all.</summary>
internal sealed class ListenerGate(EventFeedOptions options)
{
    private readonly Lock _lock = new();
    private int _count;
    private CancellationTokenSource _era = new();
    private TaskCompletionSource<CancellationToken> _opened = NewSignal();

    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_count == options.MaxListeners)
                return false;
            if (_count++ == 0)
                _opened.SetResult(_era.Token);
            return true;
        }
    }

    public void Leave()
    {
        CancellationTokenSource ended;
        lock (_lock)
        {
            if (--_count > 0)
                return;
            ended = _era;
            _era = new CancellationTokenSource();
            _opened = NewSignal();
        }

        ended.Cancel();
    }

    /// <summary>Completes when somebody listens, with a token that is cancelled when the last one has left.</summary>
    public Task<CancellationToken> OpenedAsync(CancellationToken cancellation)
    {
        lock (_lock)
            return _opened.Task.WaitAsync(cancellation);
    }

    private static TaskCompletionSource<CancellationToken> NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
