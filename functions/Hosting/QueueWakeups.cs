using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.RepairStep;

namespace Pipeline.Functions.Hosting;

/// <summary>Wakes the functions by queue messages.</summary>
public sealed class QueueWakeups(IQueueSender queue) : IWakeups
{
    public const string StepsQueue = "steps";
    public const string NotificationsQueue = "notifications";

    public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation) =>
        queue.SendAsync(StepsQueue, StepMessageJson.Write(message), delay, cancellation);

    /// <summary>The message is <c>{"run":"…"}</c>.</summary>
    public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation) =>
        queue.SendAsync(NotificationsQueue, JsonSerializer.Serialize(new { run }), delay, cancellation);
}
