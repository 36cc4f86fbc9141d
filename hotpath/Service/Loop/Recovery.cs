using Microsoft.Extensions.Logging;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Loop;

/// <summary>The model as it was: the last checkpoint, and every command since.</summary>
/// <param name="StoredKeys">Keys of the records of the image in the record store.</param>
/// <param name="LastTime">Time of the last command, be it under the checkpoint, Unix milliseconds; 0 when there was none.</param>
public sealed record Recovery(ClusterState State, IReadOnlyList<ulong> StoredKeys, long LastTime, long Replayed)
{
    public static Recovery Of(DurableState durable, TimeProvider time, ILogger logger)
    {
        var started = time.GetTimestamp();
        using var uncollected = new UncollectedHeap();
        var image = durable.Image().Where(record => Archive.IsImage(record.Key) || LongParts.IsPiece(record.Key)).ToList();
        var state = ClusterState.Restore(LongParts.Join(image));
        var stored = state.Repair;
        // Effects of the past are not repeated here: the sweep repeats those that nobody answered.
        var effects = new EffectBuffer();
        long replayed = 0;
        var lastTime = durable.TryRead(Archive.ClockKey, out var clock) ? Archive.ReadClock(clock) : 0;
        CommandReplay.Run(durable.Log, durable.CheckpointSequence + 1, (commands, times) =>
        {
            Lookahead.Load(state, commands);
            for (var i = 0; i < commands.Length; i++)
            {
                if (commands[i] is ArchivedCommand archived)
                    Limit(archived, stored);
                Engine.Step(state, commands[i], times[i], effects);
                effects.Clear();
            }
            lastTime = times[^1];
            replayed += commands.Length;
        });
        LoopLog.Recovered(
            logger, state.Nodes.Count, state.Workloads.Count, state.Repair.LiveRunCount, durable.CheckpointSequence, replayed,
            (long)time.GetElapsedTime(started).TotalMilliseconds);
        return new Recovery(state, [.. image.Select(record => record.Key)], lastTime, replayed);
    }

    /// <summary>
    /// Lets nothing be forgotten that is not in the store: a store that is rebuilt from the journal holds less than the one that was there
    /// when the command was given, and the runs and alerts that the journal brings back are then the only ones.
    /// </summary>
    private static void Limit(ArchivedCommand archived, RepairState stored)
    {
        archived.RunsThrough = Math.Min(archived.RunsThrough, stored.LastEndOrdinal);
        archived.AlertsThrough = Math.Min(archived.AlertsThrough, stored.LastAlertNumber);
        archived.Unfinished = [.. archived.Unfinished.Union(stored.Unfinished)];
        archived.Homeless = [.. archived.Homeless.Union(stored.HomelessAlerts)];
    }
}
