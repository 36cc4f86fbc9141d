using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>A loop that follows a fake cluster.</summary>
internal sealed class AdapterWorld : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly AuditLog _audit = new(NullLogger<AuditLog>.Instance);
    private readonly EffectWorkers _effects;
    private readonly LoopWorld _world;
    private Task _running = Task.CompletedTask;

    /// <param name="lost">Effects that never arrive.</param>
    /// <param name="records">Null: the cluster keeps no runs.</param>
    public AdapterWorld(FakeCluster cluster, Func<Effect, bool>? lost = null, IRunRecords? records = null)
    {
        Cluster = cluster;
        _effects = new EffectWorkers(new ClusterEffects(cluster, new NoWakeups(), () => Parts!), NullLogger<EffectWorkers>.Instance);
        _effects.Start();
        _world = new LoopWorld(sink: new LossySink(_effects, lost ?? (_ => false)));
        Binder = new WorkloadBinder(cluster, Loop, new HurriedTime(), NullLogger<WorkloadBinder>.Instance);
        Adapter = new ClusterAdapter(cluster, Loop, Binder, new RunResumption(Loop, records, NullLogger<RunResumption>.Instance), new HurriedTime(), NullLogger<ClusterAdapter>.Instance);
        Parts = new EffectParts(Loop, Binder, new Evictions(cluster, Loop, new HurriedTime(), NullLogger<Evictions>.Instance), _audit);
        Loop.Start();
    }

    public EffectParts Parts { get; }

    public FakeCluster Cluster { get; }

    public EngineLoop Loop => _world.Loop;

    public WorkloadBinder Binder { get; }

    public ClusterAdapter Adapter { get; }

    public ClusterSnapshot Snapshot => Loop.Snapshot;

    /// <summary>The loop's time, Unix milliseconds.</summary>
    public long Now => _world.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Moves the loop's clock.</summary>
    public void Pass(TimeSpan time) => _world.Time.Advance(time);

    public Task SyncAsync() => Adapter.SyncAsync(default);

    /// <summary>Lists, then follows and binds in the background.</summary>
    public async Task StartAsync()
    {
        await SyncAsync();
        _running = Task.WhenAll(
            Task.Run(() => Adapter.RunAsync(_stopping.Token)),
            Task.Run(() => Binder.RunAsync(_stopping.Token)),
            Task.Run(() => Parts.Evictions.RunAsync(_stopping.Token)));
        await Cluster.WhenAsync("watch");
    }

    public async Task UntilAsync(Func<ClusterSnapshot, bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var snapshot = Snapshot; !isSo(snapshot); snapshot = Snapshot)
            await Loop.WaitForChangeAsync(snapshot.Sequence, patience.Token);
    }

    /// <summary>The model knows of a bind before the pass that made it has noted it.</summary>
    public Task PassEndsAsync() => Binder.WhileIdleAsync(() => Task.CompletedTask, CancellationToken.None);

    public WorkloadView? Find(ulong workload)
        => Snapshot.Workloads().Where(view => view.Id == workload).Select(view => (WorkloadView?)view).FirstOrDefault();

    public string? NodeOf(ulong workload) => Find(workload) is { } view && Snapshot.TryGetNode(view.Node, out var node) ? node.Name : null;

    public int UsedMilli(string node) => Snapshot.TryFindNode(node, out var view) ? Sum(view.GpuUsedMilli) : -1;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _world.DisposeAsync();
        await _effects.DisposeAsync();
        _audit.Dispose();
        _stopping.Dispose();
    }

    private static int Sum(ReadOnlySpan<int> used)
    {
        var sum = 0;
        foreach (var milli in used)
            sum += milli;
        return sum;
    }
}

internal sealed class LossySink(IEffectSink inner, Func<Effect, bool> lost) : IEffectSink
{
    public void Post(Effect effect)
    {
        if (!lost(effect))
            inner.Post(effect);
    }
}
