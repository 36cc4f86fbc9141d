using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Hosting.Settings;

namespace Pipeline.Functions.Hosting.Triggers;

/// <summary>Takes messages off one queue and runs its function, a bounded number at a time.</summary>
internal sealed class QueueListener(
    string function,
    string queueName,
    QueueHandler handler,
    EmbeddedQueue queue,
    QueueSettings settings,
    TimeSpan lease,
    FunctionInvoker invoker,
    TimeProvider time,
    FunctionMetrics metrics,
    ILogger logger)
{
    /// <summary>Takes messages until <paramref name="stopTaking"/>, then waits for those that run.</summary>
    public async Task RunAsync(CancellationToken stopTaking, CancellationToken abort)
    {
        // One that dies is told at once: the others might go on for ever.
        await foreach (var ended in Task.WhenEach(Enumerable.Range(0, settings.MaxRunning).Select(_ => Task.Run(() => WorkAsync(stopTaking, abort)))).ConfigureAwait(false))
            await ended.ConfigureAwait(false);
    }

    private async Task WorkAsync(CancellationToken stopTaking, CancellationToken abort)
    {
        while (!stopTaking.IsCancellationRequested)
        {
            if (queue.TryReceive(queueName, lease) is { } message)
            {
                await ProcessAsync(message, abort).ConfigureAwait(false);
                continue;
            }

            try
            {
                await queue.WaitAsync(queueName, settings.MaxPollingInterval, stopTaking).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task ProcessAsync(QueueLease message, CancellationToken abort)
    {
        await queue.KeptAsync(message).ConfigureAwait(false);
        // Only deliveries that never ended (the process died in them) get here with too high a count.
        if (message.DequeueCount > settings.MaxDequeueCount)
        {
            ToPoison(message);
            return;
        }

        var context = new TriggerContext(function, $"{message.Id}-{message.Receipt}", message.DequeueCount);
        InvocationOutcome outcome;
        using (var renewal = new LeaseRenewal(queue, message, lease, time))
        {
            // Out of time, the lease runs out too: should the handler ignore its token, the message is delivered again all the same.
            Task Handle(CancellationToken token) => handler(context, message.Body, token);
            outcome = await invoker.InvokeAsync(function, Handle, renewal.Dispose, abort).ConfigureAwait(false);
        }

        if (outcome == InvocationOutcome.Succeeded)
            ReportLost(message, queue.Delete(message));
        else if (outcome == InvocationOutcome.Stopped)
            queue.Release(message, TimeSpan.Zero);
        else if (message.DequeueCount >= settings.MaxDequeueCount)
            ToPoison(message);
        else
            ReportLost(message, queue.Release(message, settings.VisibilityTimeout));
    }

    private void ToPoison(QueueLease message)
    {
        if (!queue.Poison(message))
        {
            ReportLost(message, false);
            return;
        }

        metrics.Poisoned(queueName);
        logger.LogError(
            "Message {Id} failed {Count} times in {Function} and moved to {Poison}.",
            message.Id,
            message.DequeueCount,
            function,
            QueueNames.PoisonOf(queueName));
    }

    private void ReportLost(QueueLease message, bool held)
    {
        if (!held)
            logger.LogWarning("{Function} finished message {Id} after somebody else had received it.", function, message.Id);
    }
}
