using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>Examines the node; fails with the problems it finds.</summary>
public sealed class HealthCheckExecutor(INodeActions nodes) : IStepExecutor
{
    public StepKind Kind => StepKind.HealthCheck;

    public bool Repeatable => true;

    public async Task<StepProgress> StartAsync(StepContext step, CancellationToken cancellation)
    {
        var report = await nodes.CheckHealthAsync(step.Node, cancellation).ConfigureAwait(false);
        return report.Healthy
            ? StepProgress.Succeeded($"{step.Node} is healthy.")
            : StepProgress.Failed(string.Join("; ", report.Problems));
    }

    public Task<StepProgress> ResumeAsync(StepContext step, CancellationToken cancellation) => StartAsync(step, cancellation);
}
