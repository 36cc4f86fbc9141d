using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>
/// Wakes the functions up when the engine wants something done. A lost wake-up is repeated by the sweep, a second one is harmless.
/// </summary>
public interface IWakeups
{
    /// <summary>Queues one attempt of a step; it becomes visible after <paramref name="delay"/>.</summary>
    Task EnqueueStepAsync(StepMessage message, TimeSpan delay, CancellationToken cancellation);

    /// <summary>Says that a run has something new to tell, which nobody needs to know before <paramref name="delay"/> is over.</summary>
    Task TellAsync(string run, TimeSpan delay, CancellationToken cancellation);
}
