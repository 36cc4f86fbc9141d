using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Cluster;

/// <summary>Turns effects into calls to the cluster and wake-ups of the functions, and their answers back into commands.</summary>
public sealed class ClusterEffects(ICluster cluster, IWakeups wakeups, Func<EngineLoop> loop) : IEffectHandler
{
    public Task HandleAsync(Effect effect, CancellationToken cancellation) => effect switch
    {
        Effect.Mark mark => MarkAsync(mark, cancellation),
        Effect.Unmark unmark => UnmarkAsync(unmark, cancellation),
        Effect.EnqueueStep step => wakeups.EnqueueStepAsync(
            new StepMessage { Run = step.Run, Step = step.Step.ToContract(), Attempt = step.Attempt }, TimeSpan.FromMilliseconds(step.Delay), cancellation),
        Effect.Tell tell => wakeups.TellAsync(tell.Run, cancellation),
        // Whoever placed the workload finds it pending at the next relist; there is nothing to undo in the cluster.
        Effect.AssumptionExpired => Task.CompletedTask,
        _ => throw new InvalidOperationException($"No handler for the effect {effect.GetType().Name}."),
    };

    private async Task MarkAsync(Effect.Mark mark, CancellationToken cancellation)
    {
        await cluster.MarkAsync(new NodeMark(mark.NodeName, mark.Run, mark.State, mark.Step), cancellation).ConfigureAwait(false);
        await loop().SubmitAsync(new ConfirmMarkCommand { Node = mark.NodeName, Run = mark.Run, State = mark.State, Marked = true }).ConfigureAwait(false);
    }

    private async Task UnmarkAsync(Effect.Unmark unmark, CancellationToken cancellation)
    {
        await cluster.UnmarkAsync(unmark.NodeName, unmark.Run, cancellation).ConfigureAwait(false);
        await loop().SubmitAsync(new ConfirmMarkCommand { Node = unmark.NodeName, Run = unmark.Run, Marked = false }).ConfigureAwait(false);
    }
}
