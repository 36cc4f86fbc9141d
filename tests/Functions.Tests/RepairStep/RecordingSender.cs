using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.RepairStep;

internal sealed class RecordingSender : IQueueSender
{
    public List<(string Queue, string Message, TimeSpan Delay)> Sent { get; } = [];

    public Task SendAsync(string queue, string message, TimeSpan delay, CancellationToken cancellation)
    {
        Sent.Add((queue, message, delay));
        return Task.CompletedTask;
    }
}
