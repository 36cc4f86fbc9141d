using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>
/// Examines the node; fails with the problems that it finds. One that has just booted is ready minutes before its driver is loaded and its device
/// plugin has said what GPUs there are: it is examined again until there is no time for another look.
/// </summary>
public sealed class HealthCheckExecutor(INodeActions nodes, TimeProvider time) : IStepExecutor
{
    // An examination may be a pod on the node.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    public StepKind Kind => StepKind.HealthCheck;

    public bool Repeatable => true;

    public async Task<StepProgress> StartAsync(StepContext step, CancellationToken cancellation)
    {
        var asked = time.GetUtcNow();
        var report = await nodes.CheckHealthAsync(step.Node, cancellation).ConfigureAwait(false);
        if (report.Healthy)
            return StepProgress.Succeeded($"{step.Node} is healthy.");
        var now = time.GetUtcNow();
        return report.IsComingUp && now + Poll + (now - asked) < step.LastLook
            ? new StepProgress.Running(Poll) : StepProgress.Failed(string.Join("; ", report.Problems));
    }

    public Task<StepProgress> ResumeAsync(StepContext step, CancellationToken cancellation) => StartAsync(step, cancellation);
}
