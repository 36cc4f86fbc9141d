using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Api.Nominations;
using Pipeline.Hotpath.Api.Watching;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Policy;
using Pipeline.Hotpath.Wakeups;
using Pipeline.Journal;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath;

/// <summary>
/// The running service: recovered state, decision loop, effect workers, checkpoints, and the cluster that the model follows.
/// </summary>
public sealed class HotpathService : IAsyncDisposable
{
    private readonly DurableState _durable;
    private readonly EffectWorkers _effects;
    private readonly Checkpointer _checkpointer;
    private readonly OwnSweep _sweep;
    private readonly ClusterAdapter _adapter;
    private readonly Evictions _evictions;
    private readonly AuditLog _audit;
    private readonly PendingReports _reports;
    private readonly PendingMetrics _pending;
    private readonly GroupMetrics _groups;
    private readonly PolicyLayers? _layers;
    private readonly SchedulerApi _scheduler;
    private readonly RunRecorder? _recorder;
    private readonly EffectParts _effectParts;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<string> _broke = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _background = Task.CompletedTask;
    private volatile bool _synced;

    private HotpathService(
        Recovery recovery, HotpathOptions options, ICluster cluster, IRunRecords? records, IDeclarations? declarations, IWakeups wakeups, TimeProvider time,
        ILoggerFactory loggers)
    {
        _durable = recovery.Durable;
        _time = time;
        _logger = loggers.CreateLogger<HotpathService>();
        _effects = new EffectWorkers(new ClusterEffects(cluster, wakeups, () => _effectParts!), loggers.CreateLogger<EffectWorkers>());
        Loop = new EngineLoop(recovery.State, recovery.LastTime, _durable.Log, _effects, options.Loop, time, loggers.CreateLogger<EngineLoop>());
        _checkpointer = new Checkpointer(Loop, _durable, recovery.StoredKeys, options.Checkpoint, time, loggers.CreateLogger<Checkpointer>());
        Binder = new WorkloadBinder(cluster, Loop, time, loggers.CreateLogger<WorkloadBinder>());
        _evictions = new Evictions(cluster, Loop, time, loggers.CreateLogger<Evictions>());
        _audit = new AuditLog(loggers.CreateLogger<AuditLog>());
        _effectParts = new EffectParts(Loop, Binder, _evictions, _audit);
        _adapter = new ClusterAdapter(cluster, Loop, Binder, new RunResumption(Loop, records, loggers.CreateLogger<RunResumption>()), time, loggers.CreateLogger<ClusterAdapter>());
        _recorder = records is null ? null : new RunRecorder(Loop, records, time, loggers.CreateLogger<RunRecorder>());
        _sweep = new OwnSweep(Loop, time);
        Repair = new RepairApi(Loop, _durable) { Swept = _sweep.Note };
        Cluster = new ClusterApi(Loop);
        Watches = new ClusterWatches(Loop, time);
        if (declarations is not null)
            _layers = new PolicyLayers(declarations, new BasePolicyFile(options.DataDirectory), () => Loop.Snapshot.Policy.ToContract(), policy => _scheduler!.PutInForceAsync(policy));
        _scheduler = new SchedulerApi(Loop, time, Binder.Wake) { Layers = _layers };
        _reports = new PendingReports(cluster, Loop, _scheduler.Explanations, Binder.Book, time, loggers.CreateLogger<PendingReports>());
        _pending = new PendingMetrics(Binder.Book);
        _groups = new GroupMetrics(() => Loop.Snapshot);
        Nominations = new NominationApi(Loop, Binder.Book, Binder.Binds, cluster, () => _synced);
    }

    public EngineLoop Loop { get; }

    public IRepairApi Repair { get; }

    public IClusterApi Cluster { get; }

    public ISchedulerApi Scheduler => _scheduler;

    public INominations Nominations { get; }

    internal ClusterWatches Watches { get; }

    internal WorkloadBinder Binder { get; }

    /// <summary>Completes when a part broke that nobody starts again. The process must then exit and recover.</summary>
    public Task Crashed => Task.WhenAny(Loop.Crashed, _broke.Task);

    /// <summary>Null when a fault can be made durable and is acted upon; otherwise what is wrong.</summary>
    public string? NotReadyReason => Loop.NotReadyReason
        ?? (_broke.Task.IsCompleted ? $"the {_broke.Task.Result} has stopped" : _synced ? null : "the cluster has not been listed yet");

    /// <summary>Recovers, lists the cluster and starts to decide.</summary>
    /// <param name="setPolicy">Puts in force what must be before the first workload is placed and the first run is taken over.</param>
    /// <param name="records">Where the cluster keeps the runs; null: nowhere.</param>
    /// <param name="declarations">What is declared in the cluster; null: nothing.</param>
    /// <exception cref="DataMissingException">Acknowledged data are gone; the message names them.</exception>
    public static async Task<HotpathService> StartAsync(
        HotpathOptions options, ICluster cluster, IWakeups wakeups, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellation,
        Func<HotpathService, Task>? setPolicy = null, IRunRecords? records = null, IDeclarations? declarations = null)
    {
        options.Validate();
        var recovery = Recovery.Open(
            new DurableStateOptions
            {
                Directory = options.DataDirectory,
                AcceptLoss = options.AcceptLoss,
                Marker = options.DataMarker,
                TimeProvider = time,
                Logger = loggers.CreateLogger<DurableState>(),
            },
            time, loggers.CreateLogger<HotpathService>());
        HotpathService? service = null;
        try
        {
            service = new HotpathService(recovery, options, cluster, records, declarations, wakeups, time, loggers);
            service._effects.Start();
            service.Loop.Start();
            // Known before the policy file is set: whoever runs is never judged by a policy that lacks what is declared.
            await (declarations?.SyncedAsync(cancellation) ?? Task.CompletedTask).ConfigureAwait(false);
            await (setPolicy?.Invoke(service) ?? Task.CompletedTask).ConfigureAwait(false);
            await (service._layers?.RefreshAsync(cancellation) ?? Task.CompletedTask).ConfigureAwait(false);
            await service._adapter.SyncAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            // The directory stays locked otherwise.
            await (service?.DisposeAsync() ?? recovery.Durable.DisposeAsync()).ConfigureAwait(false);
            throw;
        }

        service._synced = true;
        if (wakeups is WakeupBoard board)
            board.Joined += service.RepeatWakeups;
        else
            service.RepeatWakeups();
        service._background = Task.WhenAll(
            service.RunAsync("part that follows declarations", token => declarations?.RunAsync(service.Scheduler, () => service.Loop.Snapshot, service._layers!.RefreshAsync, token)),
            service.RunAsync("cluster adapter", service._adapter.RunAsync),
            service.RunAsync("binder of workloads", service.Binder.RunAsync),
            service.RunAsync("part that explains to waiting workloads", service._reports.RunAsync),
            service.RunAsync("part that evicts", service._evictions.RunAsync),
            service.RunAsync("recorder of runs", token => service._recorder?.RunAsync(token)),
            service.RunAsync("sweep", service._sweep.RunAsync),
            service.RunAsync("writer of checkpoints", service._checkpointer.RunAsync));
        return service;
    }

    /// <summary>The streams on which workloads are placed; see <see cref="Api.Decisions.PlaceStreams"/>.</summary>
    /// <param name="window">Requests of one that may wait for their answers.</param>
    public PlaceStreams PlaceStreams(int window) => new(Loop, window, Binder.Wake);

    /// <summary>Writes a checkpoint now.</summary>
    public Task CheckpointAsync() => _checkpointer.CheckpointAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _background.ConfigureAwait(false);
        }
        finally
        {
            Watches.Dispose();
            _layers?.Dispose();
            await Loop.DisposeAsync().ConfigureAwait(false);
            await _effects.DisposeAsync().ConfigureAwait(false);
            _audit.Dispose();
            _recorder?.Dispose();
            _pending.Dispose();
            _groups.Dispose();
            await _durable.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void RepeatWakeups()
    {
        var snapshot = Loop.Snapshot;
        foreach (var wakeup in LostWakeups.Of(snapshot.Repair, Math.Max(snapshot.At, _time.GetUtcNow().ToUnixTimeMilliseconds())))
            _effects.Post(wakeup);
    }

    /// <summary>Runs a part beside the loop, on a thread of the pool, until the service stops.</summary>
    /// <param name="run">Its result is null when there is no such part.</param>
    private Task RunAsync(string part, Func<CancellationToken, Task?> run) => Task.Run(
        async () =>
        {
            try
            {
                await (run(_stopping.Token) ?? Task.CompletedTask).ConfigureAwait(false);
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                LoopLog.PartBroke(_logger, exception, part);
                _broke.TrySetResult(part);
            }
        },
        CancellationToken.None);
}
