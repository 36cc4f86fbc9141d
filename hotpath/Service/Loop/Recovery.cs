using Microsoft.Extensions.Logging;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Loop;

/// <summary>The model as it was: the last checkpoint, and every command since.</summary>
/// <param name="Durable">Where it was read from, open.</param>
/// <param name="StoredKeys">Keys of the records of the image in the record store.</param>
/// <param name="LastTime">Time of the last command, be it under the checkpoint, Unix milliseconds; 0 when there was none.</param>
public sealed record Recovery(DurableState Durable, ClusterState State, IReadOnlyList<ulong> StoredKeys, long LastTime, long Replayed)
{
    /// <summary>Opens the state and steps through its commands while they are read and checked.</summary>
    /// <exception cref="DataMissingException">Acknowledged data are gone; the message names them.</exception>
    /// <exception cref="LaterVersionException">A later version has written here.</exception>
    /// <exception cref="InvalidDataException">An entry is no command.</exception>
    public static Recovery Open(DurableStateOptions options, TimeProvider time, ILogger logger)
    {
        var started = time.GetTimestamp();
        using var uncollected = new UncollectedHeap();
        var model = new Model();
        DurableState? durable = null;
        try
        {
            CommandReplay.Run(entry => durable = DurableState.Open(options, new StateReader(model.Restore, entry)), model.Step);
        }
        catch
        {
            // The directory stays locked otherwise.
            durable?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }

        var state = model.State;
        LoopLog.Recovered(
            logger, state.Nodes.Count, state.Workloads.Count, state.Repair.LiveRunCount, durable!.CheckpointSequence, model.Replayed,
            (long)time.GetElapsedTime(started).TotalMilliseconds);
        return new Recovery(durable, state, model.StoredKeys, model.LastTime, model.Replayed);
    }

    /// <summary>Restored by the thread that reads, before it hands over the first command; stepped by the one that recovers.</summary>
    private sealed class Model
    {
        // Effects of the past are not repeated here: the sweep repeats those that nobody answered.
        private readonly EffectBuffer _effects = new();
        private RepairState _stored = RepairState.Empty;

        public ClusterState State { get; private set; } = new();

        public List<ulong> StoredKeys { get; private set; } = [];

        public long LastTime { get; private set; }

        public long Replayed { get; private set; }

        public void Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> records)
        {
            var image = new List<KeyValuePair<ulong, ReadOnlyMemory<byte>>>();
            foreach (var record in records)
            {
                if (Archive.IsImage(record.Key) || LongParts.IsPiece(record.Key))
                    image.Add(record);
                else if (record.Key == Archive.ClockKey)
                    LastTime = Archive.ReadClock(record.Value.Span);
            }
            State = ClusterState.Restore(LongParts.Join(image));
            _stored = State.Repair;
            StoredKeys = [.. image.Select(record => record.Key)];
        }

        public void Step(ReadOnlySpan<Command> commands, ReadOnlySpan<long> times)
        {
            Lookahead.Load(State, commands);
            for (var i = 0; i < commands.Length; i++)
            {
                if (commands[i] is ArchivedCommand archived)
                    Limit(archived);
                Engine.Step(State, commands[i], times[i], _effects);
                _effects.Clear();
            }
            LastTime = times[^1];
            Replayed += commands.Length;
        }

        /// <summary>
        /// Lets nothing be forgotten that is not in the store: a store that is rebuilt from the journal holds less than the one that was
        /// there when the command was given, and the runs and alerts that the journal brings back are then the only ones.
        /// </summary>
        private void Limit(ArchivedCommand archived)
        {
            archived.RunsThrough = Math.Min(archived.RunsThrough, _stored.LastEndOrdinal);
            archived.AlertsThrough = Math.Min(archived.AlertsThrough, _stored.LastAlertNumber);
            archived.Unfinished = [.. archived.Unfinished.Union(_stored.Unfinished)];
            archived.Homeless = [.. archived.Homeless.Union(_stored.HomelessAlerts)];
        }
    }
}
