using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Cluster;

/// <summary>Turns effects into calls to the cluster and wake-ups of the functions, and their answers back into commands.</summary>
/// <param name="parts">What exists only once the loop does, whose effects these are.</param>
public sealed class ClusterEffects(ICluster cluster, IWakeups wakeups, Func<EffectParts> parts) : IEffectHandler
{
    public Task HandleAsync(Effect effect, CancellationToken cancellation)
    {
        switch (effect)
        {
            case Effect.Mark mark:
                return MarkAsync(mark, cancellation);
            case Effect.Unmark unmark:
                return UnmarkAsync(unmark, cancellation);
            case Effect.EnqueueStep step:
                var message = new StepMessage { Run = step.Run, Step = step.Step.ToContract(), Attempt = step.Attempt };
                return wakeups.EnqueueStepAsync(message, TimeSpan.FromMilliseconds(step.Delay), cancellation);
            case Effect.Tell tell:
                return wakeups.TellAsync(tell.Run, TimeSpan.FromMilliseconds(tell.Delay), cancellation);
            case Effect.Placed placed:
                parts().Binder.Placed(placed.Workload, placed.NodeName, placed.Gpus);
                return Task.CompletedTask;
            case Effect.Nominated nominated:
                parts().Binder.Nominated(nominated.Workload, nominated.NodeName);
                return Task.CompletedTask;
            case Effect.AssumptionExpired expired:
                parts().Binder.Expired(expired.Workload);
                return Task.CompletedTask;
            case Effect.Evict evict:
                parts().Evictions.Handle(evict);
                return Task.CompletedTask;
            case Effect.Urgent urgent:
                parts().Audit.Note(urgent);
                return Task.CompletedTask;
            case Effect.ReplacementOffered offer:
                parts().Audit.Note(offer);
                return Task.CompletedTask;
            default:
                throw new InvalidOperationException($"No handler for the effect {effect.GetType().Name}.");
        }
    }

    private async Task MarkAsync(Effect.Mark mark, CancellationToken cancellation)
    {
        await cluster.MarkAsync(new NodeMark(mark.NodeName, mark.Run, mark.State, mark.Step) { Attempt = mark.Attempt, FaultClass = mark.FaultClass }, cancellation).ConfigureAwait(false);
        await parts().Loop.SubmitAsync(new ConfirmMarkCommand { Node = mark.NodeName, Run = mark.Run, State = mark.State, Marked = true }).ConfigureAwait(false);
    }

    private async Task UnmarkAsync(Effect.Unmark unmark, CancellationToken cancellation)
    {
        await cluster.UnmarkAsync(unmark.NodeName, unmark.Run, cancellation).ConfigureAwait(false);
        await parts().Loop.SubmitAsync(new ConfirmMarkCommand { Node = unmark.NodeName, Run = unmark.Run, Marked = false }).ConfigureAwait(false);
    }
}

/// <summary>What effects act on.</summary>
public sealed record EffectParts(EngineLoop Loop, WorkloadBinder Binder, Evictions Evictions, AuditLog Audit);
