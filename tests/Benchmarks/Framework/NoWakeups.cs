using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Nobody is woken.</summary>
internal sealed class NoWakeups : IWakeups
{
    public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;

    public Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;
}
