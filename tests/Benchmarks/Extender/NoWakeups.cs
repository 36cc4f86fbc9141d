using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Benchmarks.Extender;

/// <summary>Nobody is woken.</summary>
internal sealed class NoWakeups : IWakeups
{
    public Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation) => Task.CompletedTask;

    public Task TellAsync(string run, CancellationToken cancellation) => Task.CompletedTask;
}
