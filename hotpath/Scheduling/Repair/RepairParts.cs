using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Repair;

/// <summary>The repair state as parts of a checkpoint image: one for each run, episode of an alert and record, so that only what changed is written.</summary>
internal static class RepairParts
{
    public static IEnumerable<ImagePart> Of(RepairState state)
    {
        yield return new ContentPart<RepairPolicy>(ImageTable.Policy, 0, state.Policy, RepairCodec.Write);
        yield return new ContentPart<RepairCounters>(ImageTable.RepairMeta, 0, state.Counters, WriteCounters);
        yield return new ContentPart<ImmutableSortedDictionary<string, ImmutableArray<long>>>(ImageTable.RepairMeta, 1, state.Homeless, WriteHomeless);
        foreach (var (number, run) in state.Live)
            yield return new ContentPart<Run>(ImageTable.LiveRun, number, run, RepairCodec.Write);
        foreach (var (number, run) in state.Ended)
            yield return new ContentPart<Run>(ImageTable.EndedRun, number, run, RepairCodec.Write);
        foreach (var record in state.Alerts)
            yield return new ContentPart<AlertRecord>(ImageTable.AlertRecord, record.Number, record, RepairCodec.Write);
        foreach (var (node, history) in state.Histories)
            yield return new ContentPart<NodeHistory>(ImageTable.NodeHistory, node, history, WriteHistory);
    }

    public static ImagePart Of(Episode episode) => new ContentPart<Episode>(ImageTable.Episode, episode.Number, episode, WriteEpisode);

    /// <exception cref="InvalidDataException">A part is damaged.</exception>
    public static void Restore(EpisodeTable table, IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        var last = 0L;
        foreach (var episode in parts.Where(part => ImagePart.TableOf(part.Key) == ImageTable.Episode).Select(ReadEpisode).OrderBy(episode => episode.Seen))
        {
            Damage.If(episode.Seen == last || table.Find(episode.Key) is not null, "episode", episode.Number);
            last = episode.Seen;
            table.Put(episode);
        }
    }

    public static RepairState Restore(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        try
        {
            return Read(parts);
        }
        catch (ArgumentException problem)
        {
            throw new InvalidDataException("The checkpoint image is damaged: two of its repair parts say the same in different ways.", problem);
        }
    }

    private static RepairState Read(IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>> parts)
    {
        var state = RepairState.Empty;
        var live = state.Live.ToBuilder();
        var ended = state.Ended.ToBuilder();
        var alerts = new List<AlertRecord>();
        var histories = state.Histories.ToBuilder();
        foreach (var (key, bytes) in parts)
        {
            var reader = new CommandReader(bytes.Span);
            switch (ImagePart.TableOf(key))
            {
                case ImageTable.Policy: state = state with { Policy = RepairCodec.ReadPolicy(ref reader) }; break;
                case ImageTable.RepairMeta when ImagePart.IndexOf(key) == 0: state = state with { Counters = ReadCounters(ref reader) }; break;
                case ImageTable.RepairMeta: state = state with { Homeless = ReadHomeless(ref reader) }; break;
                case ImageTable.LiveRun: live.Add(ImagePart.IndexOf(key), ReadRun(ref reader, key, ended: false)); break;
                case ImageTable.EndedRun: ended.Add(ImagePart.IndexOf(key), ReadRun(ref reader, key, ended: true)); break;
                case ImageTable.AlertRecord: alerts.Add(ReadAlert(ref reader, key)); break;
                case ImageTable.NodeHistory: histories.Add((int)ImagePart.IndexOf(key), ReadHistory(ref reader)); break;
                default: continue;
            }

            Damage.If(!reader.AtEnd, "repair part", (long)key);
        }

        // Given out again, a number would be two runs', or would stop the engine at the next alert.
        var counters = state.Counters;
        RequireCounted(counters.Runs, live.Keys.Concat(ended.Keys), "run");
        RequireCounted(counters.Ends, ended.Values.Select(run => run.EndOrdinal), "end of a run");
        RequireCounted(counters.Alerts, alerts.Select(record => record.Number), "alert record");

        return state with
        {
            Live = live.ToImmutable(),
            Ended = ended.ToImmutable(),
            Unsettled = [.. ended.Values.Where(run => !RunSweep.IsSettled(run)).Select(run => run.Number)],
            Escalated = ended.Values.Where(run => run.Holds).ToImmutableSortedDictionary(run => run.EndOrdinal, run => run.EndedAt),
            Repairing = live.Values.Count(run => run.Repairs),
            Held = [.. live.Values.Where(run => run.State == RunState.Held).Select(run => run.Number)],
            ByNode = live.Values.Concat(ended.Values.Where(run => run.Holds)).ToImmutableSortedDictionary(run => run.Node, run => run.Number),
            Alerts = AlertRecords.Of(alerts),
            Histories = histories.ToImmutable(),
        };
    }

    private static void RequireCounted(long count, IEnumerable<long> numbers, string what)
    {
        foreach (var number in numbers)
            Damage.If(number > count, what, number);
    }

    private static Run ReadRun(ref CommandReader reader, ulong key, bool ended)
    {
        var run = RepairCodec.ReadRun(ref reader);
        Damage.If(run.Number != ImagePart.IndexOf(key) || run.Ended != ended || run is { Begun: true, CurrentStep: null }, "run", ImagePart.IndexOf(key));
        return run;
    }

    private static AlertRecord ReadAlert(ref CommandReader reader, ulong key)
    {
        var record = RepairCodec.ReadAlertRecord(ref reader);
        Damage.If(record.Number <= 0 || record.Number != ImagePart.IndexOf(key), "alert record", ImagePart.IndexOf(key));
        return record;
    }

    private static void WriteCounters(ref CommandWriter writer, RepairCounters counters)
    {
        writer.Int64(counters.Runs);
        writer.Int64(counters.Ends);
        writer.Int64(counters.Alerts);
        writer.Int64(counters.Episodes);
        writer.Int64(counters.Seen);
    }

    private static RepairCounters ReadCounters(ref CommandReader reader)
        => new(reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());

    private static void WriteHomeless(ref CommandWriter writer, ImmutableSortedDictionary<string, ImmutableArray<long>> homeless)
    {
        writer.Int32(homeless.Count);
        foreach (var (node, numbers) in homeless)
        {
            writer.String(node);
            writer.Int32(numbers.Length);
            foreach (var number in numbers)
                writer.Int64(number);
        }
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<long>> ReadHomeless(ref CommandReader reader)
        => reader.List((ref CommandReader r) => KeyValuePair.Create(r.String(), r.List((ref CommandReader inner) => inner.Int64())))
            .ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    private static void WriteEpisode(ref CommandWriter writer, Episode episode)
    {
        writer.Int64(episode.Number);
        writer.String(episode.Key.Fingerprint);
        writer.Int64(episode.Key.StartsAt);
        writer.Int64(episode.Seen);
        writer.Bool(episode.Firing);
        writer.Bool(episode.Resolved);
        writer.Int64(episode.Run);
    }

    private static Episode ReadEpisode(KeyValuePair<ulong, ReadOnlyMemory<byte>> part)
    {
        var reader = new CommandReader(part.Value.Span);
        var episode = new Episode(reader.Int64(), new EpisodeKey(reader.String(), reader.Int64()), reader.Int64(), reader.Bool(), reader.Bool(), reader.Int64());
        Damage.If(!reader.AtEnd, "repair part", (long)part.Key);
        return episode;
    }

    private static void WriteHistory(ref CommandWriter writer, NodeHistory history)
    {
        writer.Int32(history.Seen.Length);
        foreach (var seen in history.Seen)
        {
            writer.Int32(seen.Xid);
            writer.Int64(seen.At);
        }
    }

    private static NodeHistory ReadHistory(ref CommandReader reader)
        => new(reader.List((ref CommandReader r) => new SeenXid(r.Int32(), r.Int64())));
}
