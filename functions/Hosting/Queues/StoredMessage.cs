namespace Pipeline.Functions.Hosting.Queues;

/// <summary>A message in the queue. Only <see cref="QueueState"/> changes it.</summary>
public sealed class StoredMessage
{
    public required long Id { get; init; }

    public required string Queue { get; set; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Unix ms.</summary>
    public required long InsertedAt { get; init; }

    /// <summary>Unix ms; nobody receives the message before.</summary>
    public required long VisibleAt { get; set; }

    public int DequeueCount { get; set; }

    /// <summary>Receipt of the last reader; 0 when the message was never taken or was given back.</summary>
    public long Receipt { get; set; }
}
