using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>The executor of each step that functions perform. Soak and escalate are the engine's own.</summary>
public sealed class StepExecutors
{
    private static readonly StepKind[] Performed =
        [StepKind.Drain, StepKind.DriverReset, StepKind.GpuReset, StepKind.Reboot, StepKind.PowerCycle, StepKind.HealthCheck];

    private readonly Dictionary<StepKind, IStepExecutor> _executors = [];

    /// <exception cref="ArgumentException">A step has no executor, two, or one that it does not need; the message names it.</exception>
    public StepExecutors(IEnumerable<IStepExecutor> executors)
    {
        foreach (var executor in executors)
        {
            if (!Performed.Contains(executor.Kind))
                throw new ArgumentException($"Step {executor.Kind} is none that functions perform.", nameof(executors));
            if (!_executors.TryAdd(executor.Kind, executor))
                throw new ArgumentException($"Step {executor.Kind} has two executors.", nameof(executors));
        }

        if (Performed.Where(k => !_executors.ContainsKey(k)).ToList() is { Count: > 0 } missing)
            throw new ArgumentException($"No executor for {string.Join(", ", missing)}.", nameof(executors));
    }

    /// <summary>All executors over what reaches the nodes.</summary>
    public static StepExecutors Over(INodeWorkloads workloads, INodeActions nodes, TimeProvider time) => new(
    [
        new DrainExecutor(workloads, time),
        new DriverResetExecutor(nodes, time),
        new GpuResetExecutor(nodes, time),
        new RebootExecutor(nodes, time),
        new PowerCycleExecutor(nodes, time),
        new HealthCheckExecutor(nodes, time),
    ]);

    /// <summary>Null when functions do not perform the step.</summary>
    public IStepExecutor? Find(StepKind kind) => _executors.GetValueOrDefault(kind);

    /// <summary>Whether a step may be done again after an unknown outcome; false for a step that functions do not perform.</summary>
    public bool IsRepeatable(StepKind kind) => Find(kind)?.Repeatable ?? false;
}
