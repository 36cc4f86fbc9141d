using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Repair.Steps;

namespace Pipeline.Functions.RepairStep;

/// <summary>
/// Performs one attempt of a repair step: begins it durably, acts or finds out what an earlier delivery did, and reports the outcome.
/// A step that takes time is looked at again by a later message. What comes next, the engine queues.
/// </summary>
public sealed class RepairStepHandler(
    IRepairApi repair, StepExecutors executors, IQueueSender queue, TimeProvider time, FunctionMetrics metrics, ILogger<RepairStepHandler> logger)
{
    public const string FunctionName = "RepairStep";
    public const string Actor = "functions/RepairStep";

    // As long as the queue itself would wait before it tries a failed message again.
    private static readonly TimeSpan OutageDelay = TimeSpan.FromSeconds(2);

    /// <param name="message">See <see cref="StepMessageJson"/>.</param>
    /// <exception cref="InvalidDataException">The message cannot be read, or its step is none that functions perform.</exception>
    /// <remarks>
    /// While the engine cannot be asked, or the cluster refuses, the message waits on its queue: that is no fault of the message, however
    /// long it lasts. The deadline of the attempt bounds it.
    /// </remarks>
    public async Task HandleAsync(string message, CancellationToken cancellation)
    {
        var (step, executor) = Read(message);
        try
        {
            await PerformAsync(step, executor, cancellation).ConfigureAwait(false);
        }
        catch (HotpathUnavailableException away)
        {
            logger.LogWarning("Run {Run} attempt {Attempt} ({Step}) waits: {Problem}", step.Run, step.Attempt, step.Step, away.Message);
            var delay = away.RetryAfter > OutageDelay ? away.RetryAfter : OutageDelay;
            await queue.SendAsync(QueueWakeups.StepsQueue, message, delay, cancellation).ConfigureAwait(false);
        }
    }

    private async Task PerformAsync(StepMessage step, IStepExecutor executor, CancellationToken cancellation)
    {
        var asked = time.GetUtcNow();
        var begun = await repair.BeginStepAsync(new BeginStepRequest { Message = step, Actor = Actor }, cancellation).ConfigureAwait(false);
        // What only this delivery may do ends early, what others may have done is over late: the answer took a while.
        var told = begun.Outcome == BeginOutcome.Begun ? asked : time.GetUtcNow();
        var context = new StepContext(
            step.Run,
            step.Attempt,
            begun.Node,
            begun.GpuMask,
            told - TimeSpan.FromMilliseconds(begun.Now - begun.BegunAt),
            asked + TimeSpan.FromMilliseconds(begun.Deadline - begun.Now),
            // A playbook may forbid what the executor allows, never the other way round.
            begun.Repeatable && executor.Repeatable,
            begun.OnlyFaultyGpus);
        switch (begun.Outcome)
        {
            case BeginOutcome.Begun:
                var started = await executor.StartAsync(context, cancellation).ConfigureAwait(false);
                await GoOnAsync(step, started, cancellation).ConfigureAwait(false);
                break;
            case BeginOutcome.Resumed:
                var resumed = await executor.ResumeAsync(context, cancellation).ConfigureAwait(false);
                await GoOnAsync(step, resumed, cancellation).ConfigureAwait(false);
                break;
            case BeginOutcome.Refused:
                logger.LogInformation("Attempt {Attempt} ({Step}) is refused: the run ended or went on.", context.Key, step.Step);
                break;
            default:
                throw new InvalidDataException($"The engine answered the begin of attempt {context.Key} with {begun.Outcome}.");
        }
    }

    private async Task GoOnAsync(StepMessage step, StepProgress progress, CancellationToken cancellation)
    {
        switch (progress)
        {
            case StepProgress.Running running:
                await queue.SendAsync(QueueWakeups.StepsQueue, StepMessageJson.Write(step), running.CheckAfter, cancellation)
                    .ConfigureAwait(false);
                break;
            case StepProgress.Finished finished:
                var request = new CompleteStepRequest
                {
                    Message = step,
                    Outcome = finished.Outcome,
                    Detail = finished.Detail,
                    Actor = Actor,
                };
                var reply = await repair.CompleteStepAsync(request, cancellation).ConfigureAwait(false);
                logger.LogInformation(
                    "Run {Run} attempt {Attempt} ({Step}) {Outcome}{Stale}: {Detail}",
                    step.Run,
                    step.Attempt,
                    step.Step,
                    finished.Outcome,
                    reply.Accepted ? "" : ", too late",
                    finished.Detail);
                break;
        }
    }

    private (StepMessage Step, IStepExecutor Executor) Read(string message)
    {
        if (!StepMessageJson.TryRead(message, out var step, out var problem))
        {
            metrics.Malformed(FunctionName);
            throw new InvalidDataException($"The step message cannot be read: {problem}.");
        }

        if (executors.Find(step.Step) is { } executor)
            return (step, executor);
        metrics.Malformed(FunctionName);
        throw new InvalidDataException(
            $"No executor performs step {StepMessageJson.NameOf(step.Step)} (run {step.Run}, attempt {step.Attempt}).");
    }
}
