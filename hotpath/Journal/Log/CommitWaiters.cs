namespace Pipeline.Journal.Log;

/// <summary>Those who wait for a sequence to be committed. Bounded by the callers' own concurrency: one entry per waiting caller.</summary>
internal sealed class CommitWaiters
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private long _reached;
    private Exception? _failure;

    public ValueTask WaitAsync(long sequence)
    {
        lock (_lock)
        {
            if (sequence <= _reached)
                return ValueTask.CompletedTask;
            if (_failure != null)
                return ValueTask.FromException(_failure);
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, sequence);
            return new ValueTask(waiter.Task);
        }
    }

    public void Reach(long sequence)
    {
        lock (_lock)
        {
            _reached = sequence;
            while (_waiting.TryPeek(out var waiter, out var wanted) && wanted <= sequence)
            {
                _waiting.Dequeue();
                waiter.SetResult();
            }
        }
    }

    public void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure = failure;
            while (_waiting.TryDequeue(out var waiter, out _))
                waiter.SetException(failure);
        }
    }
}
