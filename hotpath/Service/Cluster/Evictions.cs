using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Asks the workloads to leave that the engine has told to. When they have left is said by the cluster's watch. What a disruption budget
/// forbids for now, or what failed, is asked again for an hour; after that, and after a restart, the next listing counts the workload again.
/// </summary>
public sealed class Evictions(ICluster cluster, EngineLoop loop, TimeProvider time, ILogger<Evictions> logger)
{
    private const int MaxWaiting = 65_536;
    private const int MaxTries = 720;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Pace _said = new(time, Retry);
    private readonly ConcurrentDictionary<ulong, int> _tries = new();

    /// <summary>Evictions that must be asked for again.</summary>
    public int Waiting => _tries.Count;

    public async Task HandleAsync(Effect.Evict evict, CancellationToken cancellation)
    {
        ClusterLog.Evicting(logger, evict.Name, evict.NodeName, evict.Reason, evict.ForName, evict.Actor);
        if (!await TryAsync(evict.Workload, cancellation).ConfigureAwait(false) && _tries.Count < MaxWaiting)
            _tries.TryAdd(evict.Workload, 1);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(Retry, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (workload, tries) in _tries)
            {
                if (cancellation.IsCancellationRequested)
                    return;
                if (tries >= MaxTries || await TryAsync(workload, cancellation).ConfigureAwait(false))
                    _tries.TryRemove(workload, out _);
                else
                    _tries[workload] = tries + 1;
            }
        }
    }

    /// <returns>True when nothing is left to do here.</returns>
    private async Task<bool> TryAsync(ulong workload, CancellationToken cancellation)
    {
        try
        {
            var outcome = await cluster.EvictAsync(workload, cancellation).ConfigureAwait(false);
            if (outcome == EvictionOutcome.Gone)
                await loop.SubmitAsync(new ReleaseCommand { Workload = workload }).ConfigureAwait(false);
            return outcome != EvictionOutcome.Blocked;
        }
        catch (Exception exception)
        {
            if (!cancellation.IsCancellationRequested && _said.IsDue())
                ClusterLog.EvictionFailed(logger, workload, exception);
            return false;
        }
    }
}
