using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.Notify.Support;

internal sealed record QueuedMessage(string Text, TimeSpan Delay, TimeSpan Due);

/// <summary>Keeps what was sent to the notifications queue. Its time passes whatever the clock is set to.</summary>
internal sealed class MemoryQueue(TimeProvider time) : IQueueSender
{
    private readonly Lock _gate = new();
    private readonly List<QueuedMessage> _messages = [];
    private readonly long _begun = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_begun);

    public IReadOnlyList<QueuedMessage> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public Task SendAsync(string queue, string message, TimeSpan delay, CancellationToken cancellation)
    {
        Assert.Equal("notifications", queue);
        lock (_gate)
            _messages.Add(new QueuedMessage(message, delay, Now + delay));
        return Task.CompletedTask;
    }

    /// <summary>Takes the message that is due first.</summary>
    public QueuedMessage Take()
    {
        lock (_gate)
        {
            var first = _messages.MinBy(message => message.Due) ?? throw new InvalidOperationException("The queue is empty.");
            _messages.Remove(first);
            return first;
        }
    }
}
