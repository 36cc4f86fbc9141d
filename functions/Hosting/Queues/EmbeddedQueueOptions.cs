namespace Pipeline.Functions.Hosting.Queues;

/// <summary>Bounds of the embedded queue.</summary>
public sealed record EmbeddedQueueOptions
{
    /// <summary>Largest body, as Azure Storage Queues has it: 64 KiB of UTF-8.</summary>
    public const int MaxMessageBytes = 64 * 1024;

    /// <summary>Messages in all queues together; a send beyond is refused.</summary>
    /// <value>Default 100,000; 1 to 10,000,000.</value>
    public int MaxMessages { get; init; } = 100_000;

    /// <summary>Bytes of all bodies together; a send beyond is refused.</summary>
    /// <value>Default 64 MiB; at least 64 KiB.</value>
    public long MaxBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Messages in one poison queue; a further one drops the oldest.</summary>
    /// <value>Default 1,000; 1 to 100,000.</value>
    public int MaxPoisonMessages { get; init; } = 1_000;

    /// <summary>Bytes that the log may hold beyond twice the live messages before they are written again and the log is cut.</summary>
    /// <value>Default 1 MiB; 1 KiB to 1 GiB.</value>
    public long SlackBytes { get; init; } = 1024 * 1024;

    /// <summary>How long a delete, renewal or release may wait for company before it is committed.</summary>
    /// <value>Default 50 ms; 1 ms to 10 s.</value>
    public TimeSpan CommitDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public EmbeddedQueueOptions Validated()
    {
        Check(MaxMessages is >= 1 and <= 10_000_000, nameof(MaxMessages), "1 to 10,000,000", MaxMessages);
        Check(MaxBytes >= MaxMessageBytes, nameof(MaxBytes), "at least 65,536", MaxBytes);
        Check(MaxPoisonMessages is >= 1 and <= 100_000, nameof(MaxPoisonMessages), "1 to 100,000", MaxPoisonMessages);
        Check(SlackBytes is >= 1024 and <= 1024 * 1024 * 1024, nameof(SlackBytes), "1,024 to 1,073,741,824", SlackBytes);
        Check(CommitDelay.TotalMilliseconds is >= 1 and <= 10_000, nameof(CommitDelay), "1 ms to 10 s", CommitDelay);
        return this;
    }

    private static void Check(bool holds, string field, string range, object value)
    {
        if (!holds)
            throw new ArgumentException($"Queue option {field} is {value}, but must be {range}.");
    }
}
