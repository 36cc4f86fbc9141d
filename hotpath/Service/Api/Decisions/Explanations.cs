using Pipeline.Contracts;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// Why jobs are where they are, or wait, and when those that wait can start. To try what would let a large gang run, and to look at every
/// node's future, takes from milliseconds to seconds, so that is done on a fork of the state and not in the loop. One at a time: with that
/// of <see cref="TrialRuns"/> there are never more than two forks, each as large as the state. Those that wait each keep a snapshot alive,
/// so only a few may.
/// </summary>
internal sealed class Explanations(EngineLoop loop, TimeProvider time)
{
    /// <summary>Calls that have or wait for a fork. More would hold snapshots for longer than a caller waits for its answer.</summary>
    public const int MaxCalls = 16;

    /// <summary>Members of a gang that the loop explains in a few milliseconds; larger ones take it up to seconds.</summary>
    public const int MaxMembersInLoop = 256;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1, 1);
    private int _calls;

    /// <returns>The answer to an <see cref="ExplainCommand"/>, and for a job that waits in the snapshot when it can start.</returns>
    /// <exception cref="HotpathUnavailableException">Too many calls wait for a fork.</exception>
    public async Task<(Reply Reply, StartEstimate? Start)> WithStartAsync(ClusterSnapshot snapshot, ulong workload, ulong gang, CancellationToken cancellation)
    {
        var command = new ExplainCommand { Workload = workload, Gang = gang };
        return Find(snapshot, workload, gang) is { } job
            ? await OnForkAsync(snapshot, (fork, now) => (Explain(fork, command, now), (StartEstimate?)EarliestStart.Of(fork, job, now)), cancellation).ConfigureAwait(false)
            : (await loop.ExecuteAsync(command).ConfigureAwait(false), null);
    }

    /// <summary>For those who ask again and again, and not when: by the loop, unless that held it up.</summary>
    /// <returns>The answer to an <see cref="ExplainCommand"/>.</returns>
    /// <exception cref="HotpathUnavailableException">Too many calls wait for a fork.</exception>
    public async Task<Reply> OfAsync(ulong workload, ulong gang, CancellationToken cancellation)
    {
        var command = new ExplainCommand { Workload = workload, Gang = gang };
        return gang != 0 && loop.Snapshot is var snapshot && Find(snapshot, 0, gang) is { Gang.Members: > MaxMembersInLoop }
            ? await OnForkAsync(snapshot, (fork, now) => Explain(fork, command, now), cancellation).ConfigureAwait(false)
            : await loop.SubmitAsync(command).ConfigureAwait(false);
    }

    private static PendingJob? Find(ClusterSnapshot snapshot, ulong workload, ulong gang)
        => snapshot.Pending().FirstOrDefault(job => gang != 0 ? job.Gang != null && job.Id == gang : job.Gang is null && job.Id == workload);

    private static Reply Explain(ClusterState fork, ExplainCommand command, long now) => Engine.Step(fork, command, now, new EffectBuffer());

    private async Task<T> OnForkAsync<T>(ClusterSnapshot snapshot, Func<ClusterState, long, T> ask, CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref _calls) > MaxCalls)
                throw new HotpathUnavailableException($"{MaxCalls} calls wait for an explanation.", BusyRetryAfter) { QueueFull = true };
            await _one.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => ask(WhatIf.Fork(snapshot), Math.Max(snapshot.At, time.GetUtcNow().ToUnixTimeMilliseconds())), cancellation).ConfigureAwait(false);
            }
            finally
            {
                _one.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }
}
