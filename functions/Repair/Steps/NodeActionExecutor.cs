using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>A step that is one action on the node, started under the attempt's key.</summary>
public abstract class NodeActionExecutor(INodeActions nodes, TimeProvider time, NodeActionKind action) : IStepExecutor
{
    // Asked too often, a node's controller only slows down; too seldom, the repair does.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    // A delivery that was held up must not boot a node of which another one has said meanwhile that nobody did, and which may be back in use.
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(15);

    // No attempt is that far from its end; a timer takes no more than 49 days.
    private static readonly TimeSpan LongestStart = TimeSpan.FromDays(30);

    // What was sent to the node at the last moment takes a while to be known there.
    private static readonly TimeSpan UnknownAfter = StartsWithin + TimeSpan.FromSeconds(15);

    public abstract StepKind Kind { get; }

    public abstract bool Repeatable { get; }

    public async Task<StepProgress> StartAsync(StepContext step, CancellationToken cancellation)
    {
        var latest = step.BegunAt + StartsWithin;
        var left = (step.Repeatable || latest > step.Deadline ? step.Deadline : latest) - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return StepProgress.Unknown($"The attempt came to {step.Node} too late to be started.");

        using var late = new CancellationTokenSource(left < LongestStart ? left : LongestStart, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        var status = await nodes.StartAsync(new NodeAction(step.Key, step.Node, action, MaskOf(step)), either.Token).ConfigureAwait(false);
        return Progress(status);
    }

    public async Task<StepProgress> ResumeAsync(StepContext step, CancellationToken cancellation)
    {
        // Taken before the node is asked: a start may come in between.
        var left = step.BegunAt + UnknownAfter - time.GetUtcNow();
        var status = await nodes.GetAsync(step.Key, cancellation).ConfigureAwait(false);
        if (status.State != ActionState.Unknown)
            return Progress(status);
        if (step.Repeatable)
            return await StartAsync(step, cancellation).ConfigureAwait(false);
        return left > TimeSpan.Zero
            ? Running(left)
            : StepProgress.Unknown($"The attempt was interrupted, {step.Node} does not know of it, and it must not happen twice.");
    }

    /// <summary>GPUs that the action is limited to; 0 when it concerns the node.</summary>
    protected virtual uint MaskOf(StepContext step) => 0;

    private static StepProgress.Running Running(TimeSpan wait) => new(wait < ShortestWait ? ShortestWait : wait > LongestWait ? LongestWait : wait);

    private static StepProgress Progress(ActionStatus status) => status.State switch
    {
        ActionState.Running => Running(status.CheckAfter),
        ActionState.Succeeded => StepProgress.Succeeded(status.Detail),
        ActionState.Failed => StepProgress.Failed(status.Detail),
        _ => StepProgress.Unknown($"The node took the action and then did not know of it. {status.Detail}"),
    };
}
