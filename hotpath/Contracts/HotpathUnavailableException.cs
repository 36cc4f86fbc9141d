namespace Pipeline.Contracts;

/// <summary>
/// The service could not take the command (queue full, stopping) or could not make it durable (journal failed), or the cluster behind it
/// refused its part now or did not answer. The command may or may not have taken effect; repeating it is safe.
/// </summary>
public sealed class HotpathUnavailableException(string message, TimeSpan retryAfter, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long to wait before the next try; at least one second.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : retryAfter;

    /// <summary>True: only the queue was full. The command has not taken effect, and the service is otherwise well.</summary>
    public bool QueueFull { get; init; }

    /// <summary>True: the cluster has decided against what it was asked, and nothing of it was done. False (the default): it may have happened.</summary>
    public bool Refused { get; init; }
}
