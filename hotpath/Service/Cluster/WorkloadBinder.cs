using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Brings every pending workload of the cluster into the engine's queue, lets the engine go through the queue when there may be room,
/// and binds what has a place. The engine decides who waits; the cluster is the record of what is pending.
/// </summary>
public sealed class WorkloadBinder
{
    // Many small changes share one pass.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    // What failed for a reason of the cluster's own is tried again without a change in ours, and what got lost on the way is found.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    // An assumption lasts half a minute: no more may wait for their bind than a slow cluster takes in that time.
    private const int MaxUnbound = 256;

    private readonly EngineLoop _loop;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkloadBinder> _logger;
    private readonly PendingBook _book;
    private readonly WorkloadBinds _binds;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly SemaphoreSlim _pass = new(1, 1);
    private readonly LoopShare _cycles;
    private readonly Lock _lock = new();
    private ImmutableArray<string> _projects = [];
    private ImmutableArray<MachineProfile> _profiles = [];
    private long _checkedAt;
    private volatile bool _room;

    public WorkloadBinder(ICluster cluster, EngineLoop loop, TimeProvider time, ILogger<WorkloadBinder> logger)
    {
        (_loop, _time, _logger) = (loop, time, logger);
        _book = new PendingBook((workload, reason) => ClusterLog.NotTaken(logger, workload.Name, reason));
        _binds = new WorkloadBinds(cluster, loop, _book, Signal, time, logger);
        _cycles = new LoopShare(time);
        _checkedAt = time.GetTimestamp();
    }

    /// <summary>Called when the policy has other projects or machine profiles than at the last listing: what runs must be told with them.</summary>
    public Action? NamesChanged { get; set; }

    internal PendingBook Book => _book;

    internal WorkloadBinds Binds => _binds;

    /// <summary>Workloads that are not bound.</summary>
    public int Pending => _book.Count;

    public void Add(ClusterWorkload workload)
    {
        _book.Add(workload);
        Signal();
    }

    public void Remove(ulong workload) => _book.Remove(workload);

    /// <summary>The cluster has it on a node, whoever has bound it.</summary>
    public void Bound(ClusterWorkload workload) => _book.Bound(workload);

    /// <summary>Begins anew from what the cluster lists, pending and bound.</summary>
    /// <param name="told">The model under whose policy the bound ones were told.</param>
    public void Replace(IReadOnlyList<ClusterWorkload> listed, ClusterSnapshot told)
    {
        _book.Replace(listed, _loop.Snapshot);
        (_projects, _profiles) = (told.Projects, told.Policy.Profiles);
        Wake();
    }

    /// <summary>The engine has found a place for a workload that waited.</summary>
    public void Placed(ulong workload, string node, uint gpus)
    {
        if (_book.Placed(workload, node, gpus))
            Signal();
    }

    /// <summary>The engine has found a place for a workload that waited; others have yet to leave it.</summary>
    public void Nominated(ulong workload, string node)
    {
        _book.Nominated(workload, node);
        Signal();
    }

    /// <summary>The node may be ready for a workload that was placed there.</summary>
    public void Prepared(ulong workload)
    {
        if (_book.Prepared(workload))
            Signal();
    }

    /// <summary>The engine has taken the place back, since no bind confirmed it.</summary>
    public void Expired(ulong workload)
    {
        if (_book.Expired(workload))
            Wake();
    }

    /// <summary>Binds nothing while <paramref name="work"/> runs: a listing that is older than a bind would undo it in the model.</summary>
    public async Task WhileIdleAsync(Func<Task> work, CancellationToken cancellation)
    {
        await _pass.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            _pass.Release();
        }
    }

    /// <summary>Something changed that may make room.</summary>
    public void Wake()
    {
        _room = true;
        Signal();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await WaitAsync(cancellation).ConfigureAwait(false);
                await WhileIdleAsync(() => PassAsync(cancellation), cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                ClusterLog.BindingFailed(_logger, exception);
            }
        }
    }

    private void Signal()
    {
        lock (_lock)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        using var retry = new CancellationTokenSource(_room && _cycles.Left is { Ticks: > 0 } rest && rest < Retry ? rest : Retry, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(retry.Token, cancellation);
        try
        {
            await _wake.WaitAsync(either.Token).ConfigureAwait(false);
            await Task.Delay(Gather, _time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
    }

    private async Task PassAsync(CancellationToken cancellation)
    {
        Recheck();
        await _binds.RunAsync(cancellation).ConfigureAwait(false);
        await _binds.NudgeAsync(cancellation).ConfigureAwait(false);
        await AskAsync(cancellation).ConfigureAwait(false);
        await SelectAsync().ConfigureAwait(false);
        await ScheduleAsync().ConfigureAwait(false);
        _book.EndPass();
    }

    /// <summary>Now and then, and when the policy or the machine groups have changed.</summary>
    private void Recheck()
    {
        var snapshot = _loop.Snapshot;
        if (!_book.IsOutdated(snapshot) && _time.GetElapsedTime(_checkedAt) < Retry)
            return;
        _checkedAt = _time.GetTimestamp();
        _book.Recheck(snapshot);
        _room = true;
        if (_projects != snapshot.Projects || !_profiles.AsSpan().SequenceEqual(snapshot.Policy.Profiles.AsSpan()))
            NamesChanged?.Invoke();
    }

    private async Task AskAsync(CancellationToken cancellation)
    {
        try
        {
            var questions = _book.Questions(_loop.Snapshot, out var deferred);
            await AskAsync(questions, cancellation).ConfigureAwait(false);
            // Each round asks for one that was put off, so there are no more rounds than of those.
            for (var rounds = deferred; rounds > 0 && deferred > 0; rounds--)
            {
                questions = _book.Questions(_loop.Snapshot, out deferred);
                await AskAsync(questions, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            await _binds.RunAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(IReadOnlyList<Question> questions, CancellationToken cancellation)
    {
        // Groups share a turn of the loop, and the cluster is told of one while the engine is asked for the next.
        foreach (var open in questions.Where(_book.IsOpen).Chunk(Math.Min(WorkloadBinds.Parallel, _loop.MaxGroup)))
        {
            var replies = new Reply[open.Length];
            await _loop.ExecuteAsync(Array.ConvertAll(open, question => question.Command), replies).ConfigureAwait(false);
            for (var i = 0; i < open.Length; i++)
            {
                _room |= replies[i].Outcome == Outcome.Queued;
                foreach (var command in _book.Answer(open[i], replies[i]))
                    await _binds.UndoAsync(command).ConfigureAwait(false);
            }

            await _binds.BeginAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Tells on which nodes those may be by now that wait, before any of them gets a place.</summary>
    private async Task SelectAsync()
    {
        var snapshot = _loop.Snapshot;
        foreach (var news in _book.Selections(snapshot).Chunk(_loop.MaxGroup))
        {
            var replies = new Reply[news.Length];
            await _loop.ExecuteAsync(Array.ConvertAll<Selecting, Command>(news, selecting => selecting.ToCommand(snapshot)), replies).ConfigureAwait(false);
            for (var i = 0; i < news.Length; i++)
            {
                _room |= replies[i].Outcome == Outcome.Done;
                _book.Told(news[i]);
            }
        }
    }

    /// <summary>One cycle through the queue, unless the last one was not long enough ago. What it places comes back as effects; only when it was cut short is there another.</summary>
    private async Task ScheduleAsync()
    {
        if (!_room || _cycles.Left > TimeSpan.Zero)
            return;
        _room = false;
        if (_loop.Snapshot.PendingCount == 0)
            return;
        var schedule = new ScheduleCommand { MaxPlacements = MaxUnbound, GivesTurn = _book.IsTurnFree };
        if ((await _cycles.RunAsync(() => _loop.SubmitAsync(schedule)).ConfigureAwait(false)).Detail is not CycleResult result)
            return;
        _book.TakeTurn(result.InTurn);
        // The next one's turn comes in the cycle after this one counts where it goes.
        _room |= result.InTurn != 0 || !schedule.GivesTurn;
        if (result.Placed == MaxUnbound)
            Wake();
    }
}
