using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>A cluster whose every answer a test decides.</summary>
internal sealed class FakeCluster : ICluster
{
    private readonly Lock _lock = new();
    private readonly List<string> _calls = [];
    private readonly SemaphoreSlim _called = new(0);
    private Channel<ClusterEvent> _events = Channel.CreateUnbounded<ClusterEvent>();

    public List<ClusterNode> Nodes { get; } = [];

    public Dictionary<ulong, ClusterWorkload> Workloads { get; } = [];

    /// <summary>Called instead of listing, when set.</summary>
    public Func<Task>? BeforeListing { get; set; }

    /// <summary>Decides a bind before it happens; true when not set.</summary>
    public Func<WorkloadBinding, Task<bool>>? Binding { get; set; }

    /// <summary>How far a node is for a workload; ready when not set.</summary>
    public Func<WorkloadBinding, Readiness>? Preparing { get; set; }

    /// <summary>Answers an eviction; gone when not set.</summary>
    public Func<ulong, EvictionOutcome>? Evicting { get; set; }

    /// <summary>Whether a workload may be where others leave for it; it may when not set.</summary>
    public Func<ulong, string, bool>? Nominating { get; set; }

    /// <summary>Whether members of a gang may all be where they are to go; they may when not set.</summary>
    public Func<IReadOnlyList<WorkloadBinding>, bool>? Claiming { get; set; }

    /// <summary>Called with the node before its mark is taken off, when set.</summary>
    public Action<string>? Unmarking { get; set; }

    /// <summary>Called with the workload before it is told why it waits, when set.</summary>
    public Action<ulong>? Explaining { get; set; }

    public IReadOnlyList<ClusterDomain> Domains { get; set; } = [];

    public IReadOnlyList<ClusterBudget> Budgets { get; set; } = [];

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_lock)
                return [.. _calls];
        }
    }

    public FakeCluster WithNodes(params string[] names)
    {
        foreach (var name in names)
            Nodes.Add(Node(name));
        return this;
    }

    public FakeCluster With(params ClusterWorkload[] workloads)
    {
        lock (_lock)
        {
            foreach (var workload in workloads)
                Workloads[workload.Id] = workload;
        }

        return this;
    }

    public static ClusterNode Node(string name, string cordon = "", bool reachable = true) => new(name, 8, 64_000, 512_000, "h100", 0, reachable, cordon);

    public static ClusterWorkload Workload(ulong id, int gpus = 1, string node = "", uint mask = 0, string group = "")
        => new(id, $"team/w{id}", node, gpus, 1000, mask, 1000, 1000, group, false);

    public void Emit(ClusterEvent change) => _events.Writer.TryWrite(change);

    public void EndWatch(Exception? failure = null)
    {
        var ended = _events;
        _events = Channel.CreateUnbounded<ClusterEvent>();
        ended.Writer.TryComplete(failure);
    }

    public int CountOf(string call) => Calls.Count(known => known.StartsWith(call, StringComparison.Ordinal));

    /// <summary>Completes when a call that begins so was made so many times.</summary>
    public async Task WhenAsync(string call, int times = 1)
    {
        while (CountOf(call) < times)
            Assert.True(await _called.WaitAsync(TimeSpan.FromSeconds(20)), $"'{call}' was not called {times} times: {string.Join(", ", Calls)}");
    }

    public async Task<ClusterListing> ListAsync(CancellationToken cancellation)
    {
        ClusterListing listing;
        lock (_lock)
            listing = new ClusterListing([.. Nodes], [.. Workloads.Values]) { Domains = Domains, Budgets = Budgets };
        Note("list");
        if (BeforeListing is { } before)
            await before();
        return listing;
    }

    public async IAsyncEnumerable<ClusterEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        Note("watch");
        await foreach (var change in _events.Reader.ReadAllAsync(cancellation))
            yield return change;
    }

    public Task MarkAsync(NodeMark mark, CancellationToken cancellation) => NoteAsync($"mark {mark.Node} {mark.State}");

    public Task UnmarkAsync(string node, string run, CancellationToken cancellation)
    {
        Unmarking?.Invoke(node);
        return NoteAsync($"unmark {node} {run}");
    }

    public bool Claim(IReadOnlyList<WorkloadBinding> places)
    {
        if (Claiming is null)
            return true;
        var may = Claiming(places);
        Note($"claim {string.Join(',', places.Select(place => place.Workload).Order())} {may}");
        return may;
    }

    public void Unplaced(ulong workload) => Note($"unplaced {workload}");

    public async Task<bool> NominateAsync(ulong workload, string node, CancellationToken cancellation)
    {
        var may = Nominating?.Invoke(workload, node) ?? true;
        await NoteAsync($"nominate {workload} {node}");
        return may;
    }

    public Task<Readiness> PrepareAsync(WorkloadBinding binding, CancellationToken cancellation)
    {
        if (Preparing is null)
            return Task.FromResult(Readiness.Ready);
        var readiness = Preparing(binding);
        Note($"prepare {binding.Workload} {binding.Node} {readiness}");
        return Task.FromResult(readiness);
    }

    public async Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation)
    {
        var bound = Binding is null || await Binding(binding);
        lock (_lock)
        {
            bound = bound && Workloads.TryGetValue(binding.Workload, out var workload) && (workload.Node.Length == 0 || (workload.Node, workload.GpuMask) == (binding.Node, binding.GpuMask));
            if (bound)
                Workloads[binding.Workload] = Workloads[binding.Workload] with { Node = binding.Node, GpuMask = binding.GpuMask };
        }

        Note($"bind {binding.Workload} {binding.Node} {bound}");
        return bound;
    }

    public Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<ClusterWorkload>>([.. Workloads.Values.Where(workload => workload.Node == node)]);
    }

    public Task NudgeAsync(ulong workload, CancellationToken cancellation) => NoteAsync($"nudge {workload}");

    public Task ExplainAsync(ulong workload, string reason, CancellationToken cancellation)
    {
        Explaining?.Invoke(workload);
        return NoteAsync($"explain {workload} {reason}");
    }

    public Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation)
    {
        var outcome = Evicting?.Invoke(workload) ?? EvictionOutcome.Gone;
        Note($"evict {workload} {outcome}");
        return Task.FromResult(outcome);
    }

    private Task NoteAsync(string call)
    {
        Note(call);
        return Task.CompletedTask;
    }

    private void Note(string call)
    {
        lock (_lock)
            _calls.Add(call);
        _called.Release();
    }
}
