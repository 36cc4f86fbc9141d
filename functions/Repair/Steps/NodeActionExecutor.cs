using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>A step that is one action on the node, started under the attempt's key.</summary>
public abstract class NodeActionExecutor(INodeActions nodes, NodeActionKind action) : IStepExecutor
{
    // Asked too often, a node's controller only slows down; too seldom, the repair does.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    public abstract StepKind Kind { get; }

    public abstract bool Repeatable { get; }

    public async Task<StepProgress> StartAsync(StepContext step, CancellationToken cancellation)
    {
        var status = await nodes.StartAsync(new NodeAction(step.Key, step.Node, action, MaskOf(step)), cancellation).ConfigureAwait(false);
        return Progress(status);
    }

    public async Task<StepProgress> ResumeAsync(StepContext step, CancellationToken cancellation)
    {
        var status = await nodes.GetAsync(step.Key, cancellation).ConfigureAwait(false);
        if (status.State != ActionState.Unknown)
            return Progress(status);
        return step.Repeatable
            ? await StartAsync(step, cancellation).ConfigureAwait(false)
            : StepProgress.Unknown($"The attempt was interrupted, {step.Node} does not know of it, and it must not happen twice.");
    }

    /// <summary>GPUs that the action is limited to; 0 when it concerns the node.</summary>
    protected virtual uint MaskOf(StepContext step) => 0;

    private static StepProgress Progress(ActionStatus status) => status.State switch
    {
        ActionState.Running => new StepProgress.Running(
            status.CheckAfter < ShortestWait ? ShortestWait : status.CheckAfter > LongestWait ? LongestWait : status.CheckAfter),
        ActionState.Succeeded => StepProgress.Succeeded(status.Detail),
        ActionState.Failed => StepProgress.Failed(status.Detail),
        _ => StepProgress.Unknown($"The node took the action and then did not know of it. {status.Detail}"),
    };
}
