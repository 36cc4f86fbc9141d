namespace Pipeline.Functions.Hosting.Queues;

/// <summary>A message taken from a queue, with the receipt that fences what may be done with it.</summary>
/// <param name="Receipt">Valid until somebody else receives the message.</param>
/// <param name="DequeueCount">1 at the first delivery.</param>
public sealed record QueueLease(string Queue, long Id, long Receipt, string Body, int DequeueCount, DateTimeOffset InsertedAt)
{
    /// <summary>Where the log has it.</summary>
    internal long Sequence { get; init; }
}

/// <summary>A message as a person sees it.</summary>
public sealed record QueueItem(long Id, string Body, int DequeueCount, DateTimeOffset InsertedAt, DateTimeOffset VisibleAt);

/// <summary>The queue holds as much as its bounds allow; the message was not taken.</summary>
public sealed class QueueFullException(string message) : InvalidOperationException(message);
