namespace Pipeline.Functions.Hosting;

/// <summary>Puts messages on a queue of the host: the embedded one, or Azure Storage Queues.</summary>
public interface IQueueSender
{
    /// <summary>Returns once the message is durable; it becomes visible after <paramref name="delay"/>.</summary>
    Task SendAsync(string queue, string message, TimeSpan delay, CancellationToken cancellation);
}
