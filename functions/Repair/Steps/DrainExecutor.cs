using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Repair.Steps;

/// <summary>
/// Asks every workload to leave the node (or its faulty GPUs) and is done when none is left. Disruption budgets are honoured: what they
/// block is asked again until shortly before the deadline, and then the step fails with the names of those that stayed.
/// </summary>
public sealed class DrainExecutor(INodeWorkloads cluster, TimeProvider time) : IStepExecutor
{
    // One eviction after the other is what makes the drain of a full node take minutes; without a bound it would flood the API server.
    private const int MaxParallelEvictions = 64;
    private const int MaxNamed = 5;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PollBlocked = TimeSpan.FromSeconds(2);

    public StepKind Kind => StepKind.Drain;

    public bool Repeatable => true;

    public async Task<StepProgress> StartAsync(StepContext step, CancellationToken cancellation)
    {
        var all = await cluster.ListWorkloadsAsync(step.Node, cancellation).ConfigureAwait(false);
        var left = all.Where(w => MustLeave(w, step)).ToList();
        if (left.Count == 0)
            return StepProgress.Succeeded($"No workload is left on {Place(step)}.");
        if (time.GetUtcNow() >= step.LastLook)
            return StepProgress.Failed($"{left.Count} workloads stayed on {Place(step)}: {Names(left)}.");

        var answers = await EvictAsync(left.Where(w => !w.Terminating), cancellation).ConfigureAwait(false);
        var wait = answers.Contains(EvictionOutcome.Blocked) ? PollBlocked : Poll;
        var remaining = step.LastLook - time.GetUtcNow();
        return new StepProgress.Running(remaining < TimeSpan.Zero ? TimeSpan.Zero : remaining < wait ? remaining : wait);
    }

    public Task<StepProgress> ResumeAsync(StepContext step, CancellationToken cancellation) => StartAsync(step, cancellation);

    // One that another scheduler has bound has GPUs, and nobody says which.
    private static bool MustLeave(ClusterWorkload workload, StepContext step) =>
        !step.OnlyFaultyGpus || step.GpuMask == 0 || (workload.GpuMask & step.GpuMask) != 0 || workload is { GpuCount: > 0, GpuMask: 0 };

    private static string Place(StepContext step) =>
        step.OnlyFaultyGpus && step.GpuMask != 0 ? $"the faulty GPUs of {step.Node}" : step.Node;

    private static string Names(List<ClusterWorkload> workloads) =>
        string.Join(", ", workloads.Take(MaxNamed).Select(w => w.Name)) + (workloads.Count > MaxNamed ? ", …" : "");

    private async Task<List<EvictionOutcome>> EvictAsync(IEnumerable<ClusterWorkload> workloads, CancellationToken cancellation)
    {
        var answers = new List<EvictionOutcome>();
        foreach (var some in workloads.Chunk(MaxParallelEvictions))
            answers.AddRange(await Task.WhenAll(some.Select(workload => cluster.EvictAsync(workload.Id, cancellation))).ConfigureAwait(false));
        return answers;
    }
}
