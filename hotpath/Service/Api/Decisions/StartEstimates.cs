using Pipeline.Contracts;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// When jobs that wait can start. An estimate looks at every node's future, which takes milliseconds, so it is made on a fork of the state
/// and not in the loop. One at a time: with that of <see cref="TrialRuns"/> there are never more than two forks, each as large as the state.
/// Those that wait each keep a snapshot alive, so only a few may.
/// </summary>
internal sealed class StartEstimates(TimeProvider time)
{
    /// <summary>Calls that have or wait for an estimate. More would hold snapshots for longer than a caller waits for its answer.</summary>
    public const int MaxCalls = 16;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private int _calls;

    /// <summary>Null when no such job waits in the snapshot.</summary>
    /// <exception cref="HotpathUnavailableException">Too many calls wait for an estimate.</exception>
    public async Task<StartEstimate?> OfAsync(ClusterSnapshot snapshot, ulong workload, ulong gang, CancellationToken cancellation)
    {
        var job = snapshot.Pending().FirstOrDefault(job => gang != 0 ? job.Gang != null && job.Id == gang : job.Gang is null && job.Id == workload);
        if (job is null)
            return null;
        try
        {
            if (Interlocked.Increment(ref _calls) > MaxCalls)
                throw new HotpathUnavailableException($"{MaxCalls} calls wait to be told when their job can start.", BusyRetryAfter) { QueueFull = true };
            return await InTurnAsync(snapshot, job, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    private async Task<StartEstimate> InTurnAsync(ClusterSnapshot snapshot, PendingJob job, CancellationToken cancellation)
    {
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
