using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Faults;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;
using Pipeline.Hotpath.Cluster.Simulated.State;
using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>
/// A GPU cluster that stands in for hardware and Kubernetes: parts that faults break and actions mend, workloads that are bound, evicted
/// and replaced. Every call first lets happen what the clock says is due, so it needs no thread of its own; calls complete
/// synchronously and may come from any thread. The same seed, calls and clock give the same cluster.
/// </summary>
public sealed class SimulatedCluster : ICluster, INodeActions, ISimulation, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SimulatedClusterOptions _options;
    private readonly SteadyClock _clock;
    private readonly EventRing _events;
    private readonly SimulationState _state;
    private readonly ChangeLog _log;
    private readonly ActionRunner _actions;
    private readonly WorkloadKeeper _workloads;
    private long _listedAt;

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    /// <exception cref="InvalidDataException">The directory's file is damaged, or was made for other nodes or another seed.</exception>
    /// <exception cref="IOException">The directory cannot be used, or another process uses it.</exception>
    public SimulatedCluster(SimulatedClusterOptions options, TimeProvider time, ILogger logger)
    {
        options.Validate();
        _options = options;
        _events = new EventRing(options.WatchBuffer);
        _state = new SimulationState(options);
        _log = new ChangeLog(options, _state, _events, time.GetUtcNow(), logger);
        _clock = new SteadyClock(time, _state.ChangedAt);
        _actions = new ActionRunner(options, _state, _log);
        _workloads = new WorkloadKeeper(options, _state, _log);
        _workloads.ScheduleChurn(_clock.UtcNow());
    }

    /// <summary>Every kind of fault that <see cref="BreakAsync"/> takes.</summary>
    public static IReadOnlyList<SimulatedFaultKind> Kinds => FaultTable.Kinds;

    public Task<SimulationDescription> DescribeAsync(CancellationToken cancellation)
        => Task.FromResult(new SimulationDescription(_options.Speed, Kinds));

    /// <summary>When something happens by itself next, or null; for a simulation that moves its own clock.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return _state.Due.Next;
        }
    }

    /// <summary>Workloads that a reset or a boot took down, and not an eviction.</summary>
    public long WorkloadsKilled => Now(_ => _state.WorkloadsKilled);

    /// <summary>Lets happen what is due.</summary>
    public void Advance() => Now(_ => 0);

    public Task<ClusterListing> ListAsync(CancellationToken cancellation) => Answer(cancellation, _ =>
    {
        _listedAt = _events.Next;
        return new ClusterListing([.. _state.Nodes.Select(node => node.ToContract())], [.. _state.Workloads.Select(w => w.ToContract())])
        {
            Domains = Fabric.Of(_state.Nodes),
        };
    });

    /// <summary>
    /// Reads the changes since the last listing without waiting; before the first listing, since the start. One consumer lists and
    /// watches; with several, each begins at the last listing of any.
    /// </summary>
    public ClusterWatch OpenWatch()
    {
        lock (_gate)
            return new ClusterWatch(this, _listedAt);
    }

    public async IAsyncEnumerable<ClusterEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var watch = OpenWatch();
        while (!cancellation.IsCancellationRequested)
        {
            while (!cancellation.IsCancellationRequested && watch.TryRead(out var change))
                yield return change;
            await watch.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <exception cref="ArgumentException">The mark names no node, or no run.</exception>
    public Task MarkAsync(NodeMark mark, CancellationToken cancellation) => Answer(cancellation, now =>
    {
        if (string.IsNullOrWhiteSpace(mark.Run))
            throw new ArgumentException("Run must not be blank.", nameof(mark));
        if (Node(mark.Node, nameof(mark)).Mark != mark)
            _log.Commit(new Marked(now, mark));
        return true;
    });

    public Task UnmarkAsync(string node, string run, CancellationToken cancellation) => Answer(cancellation, now =>
    {
        if (_state.FindNode(node)?.Mark?.Run == run)
            _log.Commit(new Unmarked(now, node));
        return true;
    });

    /// <summary>Nobody looks at it here.</summary>
    public Task<bool> NominateAsync(ulong workload, string node, CancellationToken cancellation) => Task.FromResult(true);

    /// <exception cref="ArgumentException">The GPU mask does not name as many GPUs as the workload has.</exception>
    /// <exception cref="HotpathUnavailableException">The node does not take it now: unknown, cordoned, unreachable, of another group, its GPUs taken.</exception>
    public Task<bool> BindAsync(WorkloadBinding binding, CancellationToken cancellation)
        => Answer(cancellation, now => _workloads.Bind(binding, now));

    public Task<IReadOnlyList<ClusterWorkload>> ListWorkloadsAsync(string node, CancellationToken cancellation)
        => Answer(cancellation, IReadOnlyList<ClusterWorkload> (_) =>
            [.. _state.FindNode(node)?.Workloads.Select(w => w.ToContract()) ?? []]);

    public Task<EvictionOutcome> EvictAsync(ulong workload, CancellationToken cancellation)
        => Answer(cancellation, now => _workloads.Evict(workload, now));

    /// <summary>Starts an action. A refused one (node unknown, busy or not answering) is Failed at once and leaves its key unknown.</summary>
    /// <exception cref="ArgumentException">The key is blank, or the kind is none.</exception>
    public Task<ActionStatus> StartAsync(NodeAction action, CancellationToken cancellation)
        => Answer(cancellation, now => _actions.Start(action, now));

    public Task<ActionStatus> GetAsync(string key, CancellationToken cancellation) => Answer(cancellation, now => _actions.Get(key, now));

    public Task<HealthReport> CheckHealthAsync(string node, CancellationToken cancellation) => Answer(cancellation, now =>
        _state.FindNode(node) is { } found
            ? HealthExam.Examine(found.Hardware, found.BusyMask(), now, _options.Speed)
            : new HealthReport(false, [$"No node is named '{node}'."]));

    public Task<SimulatedFaultResult> BreakAsync(SimulatedFault fault, CancellationToken cancellation) => Answer(cancellation, now =>
    {
        if (_state.FindNode(fault.Node) is null)
            return Refused($"node: no node is named '{fault.Node}'.");
        if (FaultTable.Find(fault.Kind) is not { } kind)
            return Refused($"kind: '{fault.Kind}' is none of {string.Join(", ", Kinds.Select(known => known.Name))}.");
        if (fault.Gpu is < 0 or >= NodeHardware.GpuCount)
            return Refused($"gpu: must be between 0 and {NodeHardware.GpuCount - 1}, was {fault.Gpu}.");
        _log.Commit(new PartBroken(now, fault.Node, kind.Name, fault.Gpu), throughToDisk: true);
        var labels = kind.Alert?.LabelsFor(fault.Node, kind.Kind.NeedsGpu ? fault.Gpu : null) ?? [];
        return new SimulatedFaultResult(null, kind.Alert?.AlertName ?? "", labels);

        static SimulatedFaultResult Refused(string error) => new(error, "", new Dictionary<string, string>());
    });

    /// <summary>Cordons the node as a person would, or takes that cordon away.</summary>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public void SetForeignCordon(string node, bool cordoned) => Now(now =>
    {
        if (Node(node, nameof(node)).ForeignCordon != cordoned)
            _log.Commit(new ForeignCordonSet(now, node, cordoned));
        return true;
    });

    /// <summary>Our mark on the node, whoever else cordoned it; null when there is none.</summary>
    public NodeMark? MarkOf(string node) => Now(_ => _state.FindNode(node)?.Mark);

    public Task<IReadOnlyList<ExecutedAction>> ListActionsAsync(string node, CancellationToken cancellation) => Task.FromResult(ActionsOf(node));

    /// <summary>The actions that really ran on the node, oldest first; the last 256 are kept.</summary>
    public IReadOnlyList<ExecutedAction> ActionsOf(string node) => Now(IReadOnlyList<ExecutedAction> (_) =>
        [.. _state.FindNode(node)?.ActionKeys.Select(key => _state.FindAction(key)!) ?? []]);

    public void Dispose()
    {
        lock (_gate)
            _log.Dispose();
    }

    internal bool TryRead(ref long position, out ClusterEvent change)
    {
        lock (_gate)
        {
            AdvanceTo(_clock.UtcNow());
            return _events.TryRead(ref position, out change);
        }
    }

    internal Task WaitBeyondAsync(long position)
    {
        lock (_gate)
            return position == _events.Next ? _events.WaitAsync() : Task.CompletedTask;
    }

    private Task<T> Answer<T>(CancellationToken cancellation, Func<DateTimeOffset, T> call)
        => cancellation.IsCancellationRequested ? Task.FromCanceled<T>(cancellation) : Task.FromResult(Now(call));

    private T Now<T>(Func<DateTimeOffset, T> call)
    {
        lock (_gate)
        {
            var now = _clock.UtcNow();
            AdvanceTo(now);
            return call(now);
        }
    }

    private void AdvanceTo(DateTimeOffset now)
    {
        while (_state.Due.TryTake(now, out var due))
        {
            try
            {
                Happen(due, now);
            }
            catch (IOException)
            {
                // It could not be written, so it has not happened yet.
                _state.Due.Add(due);
                throw;
            }
        }
    }

    private void Happen(Due due, DateTimeOffset now)
    {
        switch (due.Kind)
        {
            case DueKind.ActionEnds:
                _actions.Finish(due);
                break;
            case DueKind.TerminationEnds:
                _workloads.FinishTermination(due);
                break;
            default:
                _workloads.Churn(due);
                _workloads.ScheduleChurn(now);
                break;
        }
    }

    private SimulatedNode Node(string name, string parameter)
        => _state.FindNode(name) ?? throw new ArgumentException($"No node is named '{name}'.", parameter);
}
