namespace Pipeline.Functions.Hosting.Queues;

/// <summary>Wakes the readers of one queue, at once or when a delayed message becomes visible.</summary>
/// <remarks>The queue's gate is held for every call but the timer's.</remarks>
internal sealed class QueueSignal : IDisposable
{
    private readonly ITimer _timer;
    private TaskCompletionSource _next = New();

    public QueueSignal(TimeProvider time) =>
        _timer = time.CreateTimer(static self => ((QueueSignal)self!).Pulse(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Completes at the next <see cref="Pulse"/>.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void PulseAfter(TimeSpan due) => _timer.Change(due, Timeout.InfiniteTimeSpan);

    public void Pulse() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    public void Dispose() => _timer.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
