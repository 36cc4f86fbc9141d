using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using Pipeline.Journal;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Loop;

/// <summary>When to write a checkpoint.</summary>
public sealed class CheckpointOptions
{
    /// <summary>Journaled commands after which a checkpoint is written. Default 200,000, range 100 to 100,000,000.</summary>
    [Range(100, 100_000_000)]
    public long EveryCommands { get; set; } = 200_000;

    /// <summary>How often it is looked whether one is due. Default 5 s, range 100 ms to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Age after which a checkpoint is written however few commands there were. Default 5 min, range 1 s to 24 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "24:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// Writes the newest snapshot to the record store, away from the loop, and lets the journal forget what it covers. Snapshots are
/// immutable and share their unchanged pages, so only the parts that changed since the last checkpoint are written.
/// </summary>
public sealed class Checkpointer(
    EngineLoop loop, DurableState durable, IEnumerable<ulong> storedKeys, CheckpointOptions options, TimeProvider time, ILogger<Checkpointer> logger)
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private Dictionary<ulong, object> _written = CheckpointImage.Unvouched(storedKeys);
    private long _lastSequence = durable.CheckpointSequence;
    private long _lastAt = time.GetTimestamp();

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(options.CheckInterval, time);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false);
                if (Due())
                    await CheckpointAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Nothing is lost by it: the journal is cut only behind a checkpoint that is on disk.
                LoopLog.CheckpointFailed(logger, exception);
            }
        }
    }

    /// <summary>Writes one now, after the one that may be running.</summary>
    public async Task CheckpointAsync()
    {
        await _oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            _lastAt = time.GetTimestamp();
            await WriteAsync(loop.Snapshot).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private async Task WriteAsync(ClusterSnapshot snapshot)
    {
        var started = time.GetTimestamp();
        // A checkpoint must not run ahead of the journal: a crash would otherwise find a store that knows more than the log.
        await loop.WaitForCommitAsync(snapshot.Sequence).ConfigureAwait(false);
        var image = new CheckpointImage(snapshot, _written);
        await durable.CheckpointAsync(snapshot.Sequence, image.Upserts().Append(Archive.Clock(snapshot.At)), image.Deletes).ConfigureAwait(false);
        _written = image.Written;
        _lastSequence = snapshot.Sequence;
        LoopLog.Checkpointed(logger, snapshot.Sequence, image.Changed, image.Deletes.Count, (long)time.GetElapsedTime(started).TotalMilliseconds);
        await loop.SubmitAsync(new ArchivedCommand
        {
            RunsThrough = snapshot.Repair.LastEndOrdinal,
            AlertsThrough = snapshot.Repair.LastAlertNumber,
            Unfinished = [.. snapshot.Repair.Unfinished],
            Homeless = [.. snapshot.Repair.HomelessAlerts],
        }).ConfigureAwait(false);
    }

    private bool Due()
    {
        // Without a journal a checkpoint would hold what was decided but never became durable.
        if (loop.NotReadyReason is not null)
            return false;
        var commands = loop.Snapshot.Sequence - _lastSequence;
        return commands >= options.EveryCommands || (commands > 0 && time.GetElapsedTime(_lastAt) >= options.MaxAge);
    }
}
