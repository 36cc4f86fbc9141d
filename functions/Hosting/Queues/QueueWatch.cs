namespace Pipeline.Functions.Hosting.Queues;

/// <summary>
/// Watches for a queue whose log has failed. Only a new process opens the log again. On a disk that takes no writes it could not start, while
/// this one at least goes on placing from memory, so it is asked for when the disk takes writes.
/// </summary>
/// <param name="takesWrites">Whether a new log could be written now.</param>
public sealed class QueueWatch(EmbeddedQueue queue, Func<bool> takesWrites, TimeProvider time, ILogger<QueueWatch> logger) : IAsyncDisposable
{
    // A repair that waits for its next step may wait for as much longer.
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    // As much as a start of the log writes, with room to spare.
    private const int ProbeBytes = 8 << 20;

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _due = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    /// <summary>Completes when a new process would have a queue again.</summary>
    public Task RestartDue => _due.Task;

    /// <summary>Null while messages can be made durable; otherwise what is wrong.</summary>
    public string? NotReadyReason => queue.Failure is { } failure ? $"the queue takes no more messages, so repairs stand still: {failure.Message}" : null;

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Writes to the disk, and takes it away again.</summary>
    public static bool TakesWrites(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            probe.Write(new byte[ProbeBytes]);
            probe.Flush(flushToDisk: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(Pace, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (queue.Failure is not { } failure || !takesWrites())
                continue;
            logger.LogCritical(failure, "The queue's log has failed and the disk takes writes again; the process must start again.");
            _due.TrySetResult();
            return;
        }
    }
}
