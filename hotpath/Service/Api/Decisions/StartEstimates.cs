using Pipeline.Scheduling;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// When jobs that wait can start. An estimate looks at every node's future, which takes milliseconds, so it is made on a fork of the state
/// and not in the loop. One at a time: with that of <see cref="TrialRuns"/> there are never more than two forks, each as large as the state.
/// </summary>
internal sealed class StartEstimates(TimeProvider time)
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Null when no such job waits in the snapshot.</summary>
    public async Task<StartEstimate?> OfAsync(ClusterSnapshot snapshot, ulong workload, ulong gang, CancellationToken cancellation)
    {
        var job = snapshot.Pending().FirstOrDefault(job => gang != 0 ? job.Gang != null && job.Id == gang : job.Gang is null && job.Id == workload);
        if (job is null)
            return null;
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Of(snapshot, job), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private StartEstimate Of(ClusterSnapshot snapshot, PendingJob job)
        => EarliestStart.Of(WhatIf.Fork(snapshot), job, Math.Max(snapshot.At, time.GetUtcNow().ToUnixTimeMilliseconds()));
}
