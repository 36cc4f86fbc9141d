using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Repairs;

/// <summary>
/// Keeps the cluster's records of the runs true: it compares the newest committed snapshot with what was written, so a run that moves
/// faster than the cluster answers costs one write, a crash leaves nothing behind, and a record that somebody changes or deletes is
/// written again.
/// </summary>
public sealed class RunRecorder : IDisposable
{
    // Records are for people and for the next leader; the node's mark, which keeps workloads off, has gone out before. Looked at now and
    // then, since under load a snapshot appears for every batch, and whoever waits for the next one is woken by each.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    // The client's limiter decides how fast; this bounds how many wait there before more urgent requests pass them.
    private const int MaxParallel = 16;

    private readonly EngineLoop _loop;
    private readonly IRunRecords _records;
    private readonly TimeProvider _time;
    private readonly ILogger<RunRecorder> _logger;
    private readonly Meter _meter = new("Pipeline.Hotpath");
    private readonly ConcurrentDictionary<string, bool> _existing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Run> _written = new(StringComparer.Ordinal);
    private RepairState? _last;
    private int _behind;

    public RunRecorder(EngineLoop loop, IRunRecords records, TimeProvider time, ILogger<RunRecorder> logger)
    {
        (_loop, _records, _time, _logger) = (loop, records, time, logger);
        _meter.CreateObservableGauge("pipeline_run_records_behind", () => (long)_behind, description: "Runs whose record in the cluster is not known to be up to date.");
    }

    /// <summary>Goes on until <paramref name="cancellation"/> is signalled. The model must have taken over what the cluster keeps: records of other runs are deleted.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var following = FollowAsync(cancellation);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var snapshot = _loop.Snapshot;
                var done = ReferenceEquals(snapshot.Repair, Volatile.Read(ref _last)) || await WriteAsync(snapshot, cancellation).ConfigureAwait(false);
                await Task.Delay(done ? Pace : RetryDelay, _time, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                RunLog.NotFollowed(_logger, exception);
                await Task.Delay(RetryDelay, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await following.ConfigureAwait(false);
    }

    public void Dispose() => _meter.Dispose();

    private async Task FollowAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in _records.WatchAsync(cancellation).ConfigureAwait(false))
                    Note(change);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                RunLog.NotFollowed(_logger, exception);
                await Task.Delay(RetryDelay, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Note(RecordChange change)
    {
        if (change.Exists)
            _existing[change.Id] = true;
        else
            _existing.TryRemove(change.Id, out _);
        _written.TryRemove(change.Id, out _);
        Volatile.Write(ref _last, null);
    }

    /// <returns>False: something is left to do.</returns>
    private async Task<bool> WriteAsync(ClusterSnapshot snapshot, CancellationToken cancellation)
    {
        // What was decided but not committed may never have been.
        await _loop.WaitForCommitAsync(snapshot.Sequence).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        Volatile.Write(ref _last, snapshot.Repair);
        var wanted = Wanted(snapshot.Repair);
        var late = wanted.Values.Where(run => !_written.TryGetValue(run.Id, out var known) || !ReferenceEquals(known, run)).ToList();
        var over = _existing.Keys.Where(id => !wanted.ContainsKey(id)).OrderBy(id => snapshot.Repair.RunById(id)?.EndOrdinal ?? 0).ToList();
        _behind = late.Count;
        var failed = await EachAsync(late, run => run.Id, run =>
        {
            // Before the write: a change that is told while it is under way must not be taken for known.
            _written[run.Id] = run;
            return _records.WriteAsync(run, snapshot.Sequence, cancellation);
        }, cancellation).ConfigureAwait(false);
        failed += await EachAsync(over, id => id, id => _records.DeleteAsync(id, cancellation), cancellation).ConfigureAwait(false);
        _behind = failed;
        if (failed > 0)
            Volatile.Write(ref _last, null);
        return failed == 0;
    }

    /// <returns>How many failed; these are forgotten, so that they are tried again.</returns>
    private async Task<int> EachAsync<T>(IEnumerable<T> items, Func<T, string> idOf, Func<T, Task> act, CancellationToken cancellation)
    {
        var failed = 0;
        await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellation }, async (item, _) =>
        {
            try
            {
                await act(item).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _written.TryRemove(idOf(item), out var _);
                // The reason is mostly the same for all.
                if (Interlocked.Increment(ref failed) == 1)
                    RunLog.NotWritten(_logger, idOf(item), exception.Message);
            }
        }).ConfigureAwait(false);
        return failed;
    }

    private Dictionary<string, Run> Wanted(RepairState repair)
    {
        var ended = repair.Ended.Values.OrderByDescending(run => run.EndOrdinal);
        return repair.Live.Values.Concat(ended.Where((run, place) => place < _records.EndedRuns || run.Holds)).ToDictionary(run => run.Id, StringComparer.Ordinal);
    }
}
