using System.Collections.Concurrent;
using System.Numerics;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Functions.Tests.Steps;

/// <summary>A cluster with workloads on one node, that answers evictions as told.</summary>
internal sealed class FakeCluster : ICluster
{
    private int _evicting;
    private int _mostEvicting;

    public ConcurrentDictionary<ulong, ClusterWorkload> Workloads { get; } = [];

    public ConcurrentDictionary<ulong, EvictionOutcome> Answers { get; } = [];

    public ConcurrentQueue<ulong> Evicted { get; } = [];

    public int MostEvictingAtOnce => _mostEvicting;

    /// <param name="gpus">Null: those of the mask.</param>
    public FakeCluster Add(ulong id, uint gpuMask, EvictionOutcome answer = EvictionOutcome.Accepted, int? gpus = null)
    {
        Workloads[id] = new ClusterWorkload(id, $"job-{id}", "gpu-0012", gpus ?? BitOperations.PopCount(gpuMask), 1000, gpuMask, 0, 0, "", false);
        Answers[id] = answer;
        return this;
    }

    public Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ClusterWorkload>>([.. Workloads.Values.Where(w => w.Node == node).OrderBy(w => w.Id)]);

    public async Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation)
    {
        var now = Interlocked.Increment(ref _evicting);
        lock (Evicted)
            _mostEvicting = Math.Max(_mostEvicting, now);
        await Task.Yield();
        Interlocked.Decrement(ref _evicting);
        Evicted.Enqueue(workload);
        if (Answers[workload] == EvictionOutcome.Accepted)
            Workloads[workload] = Workloads[workload] with { Terminating = true };
        if (Answers[workload] == EvictionOutcome.Gone)
            Workloads.TryRemove(workload, out _);
        return Answers[workload];
    }

    public Task<ClusterListing> ListAsync(CancellationToken cancellation) => throw Unasked();

    public IAsyncEnumerable<ClusterEvent> WatchAsync(CancellationToken cancellation) => throw Unasked();

    public Task MarkAsync(NodeMark mark, CancellationToken cancellation) => throw Unasked();

    public Task UnmarkAsync(string node, string run, CancellationToken cancellation) => throw Unasked();

    public Task<bool> NominateAsync(ulong workload, string node, CancellationToken cancellation) => throw Unasked();

    public Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation) => throw Unasked();

    private static NotSupportedException Unasked() => new("A drain does not ask this.");
}
