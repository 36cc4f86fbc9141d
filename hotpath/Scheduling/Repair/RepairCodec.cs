using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>Bytes of alerts, policies and runs, for the journal, the checkpoint and the archive. The same content gives the same bytes.</summary>
public static class RepairCodec
{
    internal static void Write(ref CommandWriter writer, ReportAlertsCommand command)
    {
        writer.String(command.Source);
        writer.Int32(command.TruncatedAlerts);
        writer.Int32(command.Alerts.Length);
        foreach (var alert in command.Alerts)
            Write(ref writer, alert);
    }

    internal static void Read(ref CommandReader reader, ReportAlertsCommand command)
    {
        command.Source = reader.String();
        command.TruncatedAlerts = reader.Int32();
        command.Alerts = reader.List(ReadAlert);
    }

    internal static void Write(ref CommandWriter writer, RepairPolicy policy)
    {
        writer.Int32(policy.MaxRepairingPercent);
        writer.Int32(policy.MaxAttempts);
        writer.String(policy.UnknownXidClass);
        writer.Int32(policy.Classes.Count);
        foreach (var (_, fault) in policy.Classes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Write(ref writer, fault);
        writer.Int32(policy.Xids.Count);
        foreach (var (xid, name) in policy.Xids.OrderBy(pair => pair.Key))
        {
            writer.Int32(xid);
            writer.String(name);
        }

        writer.Int32(policy.Correlations.Length);
        foreach (var rule in policy.Correlations)
        {
            writer.Int32(rule.Xid);
            writer.Int64(rule.Window);
            writer.String(rule.FaultClass);
            writer.Int32(rule.With.Length);
            foreach (var xid in rule.With)
                writer.Int32(xid);
        }
    }

    internal static RepairPolicy ReadPolicy(ref CommandReader reader)
    {
        var percent = reader.Int32();
        var attempts = reader.Int32();
        var unknown = reader.String();
        var classes = ToDictionary(reader.List(ReadNamedClass), StringComparer.Ordinal);
        var xids = ToDictionary(reader.List((ref CommandReader r) => KeyValuePair.Create(r.Int32(), r.String())), EqualityComparer<int>.Default);
        var correlations = reader.List((ref CommandReader r) =>
        {
            var xid = r.Int32();
            var window = r.Int64();
            var name = r.String();
            return new CorrelationRule(xid, r.List((ref CommandReader inner) => inner.Int32()), window, name);
        });
        return new RepairPolicy(classes, xids, correlations, unknown, percent, attempts);
    }

    public static void Write(ref CommandWriter writer, Run run)
    {
        writer.Int64(run.Number);
        writer.String(run.Id);
        writer.Int32(run.Node);
        writer.String(run.NodeName);
        Write(ref writer, run.Class);
        writer.Bool(run.Pending is not null);
        if (run.Pending is not null)
            Write(ref writer, run.Pending);
        writer.Byte((byte)run.State);
        writer.Int32(run.Rung);
        writer.Byte((byte)run.Step);
        writer.Int32(run.Attempt);
        writer.Int32(run.Tries);
        writer.Bool(run.Begun);
        writer.Int64(run.Deadline);
        writer.Int64(run.QueuedAt);
        writer.Int64(run.Grace);
        writer.UInt32(run.GpuMask);
        writer.Bool(run.Holds);
        writer.Bool(run.Acted);
        writer.Bool(run.Drained);
        writer.Int64(run.OpenedAt);
        writer.Int64(run.StartsAt);
        writer.Int64(run.EndedAt);
        writer.Int64(run.EndOrdinal);
        writer.String(run.Summary);
        writer.String(run.Teller);
        writer.Int64(run.TellerUntil);
        writer.Int64(run.ToldAt);
        writer.String(run.Marking.Wanted);
        writer.String(run.Marking.Confirmed);
        writer.Int64(run.Marking.AskedAt);
        WriteStory(ref writer, run);
    }

    /// <exception cref="InvalidDataException">The bytes are no run.</exception>
    public static Run ReadRun(ref CommandReader reader)
    {
        var run = new Run
        {
            Number = reader.Int64(),
            Id = reader.String(),
            Node = reader.Int32(),
            NodeName = reader.String(),
            Class = ReadClass(ref reader),
            Pending = reader.Bool() ? ReadClass(ref reader) : null,
            State = ReadEnum<RunState>(ref reader),
            Rung = reader.Int32(),
            Step = ReadEnum<StepKind>(ref reader),
            Attempt = reader.Int32(),
            Tries = reader.Int32(),
            Begun = reader.Bool(),
            Deadline = reader.Int64(),
            QueuedAt = reader.Int64(),
            Grace = reader.Int64(),
            GpuMask = reader.UInt32(),
            Holds = reader.Bool(),
            Acted = reader.Bool(),
            Drained = reader.Bool(),
            OpenedAt = reader.Int64(),
            StartsAt = reader.Int64(),
            EndedAt = reader.Int64(),
            EndOrdinal = reader.Int64(),
            Summary = reader.String(),
            Teller = reader.String(),
            TellerUntil = reader.Int64(),
            ToldAt = reader.Int64(),
            Marking = new NodeMarking(reader.String(), reader.String(), reader.Int64()),
        };
        return run with
        {
            Episodes = reader.List((ref CommandReader r) => new RunEpisode(r.String(), r.Int64(), r.String(), r.UInt32(), r.Int64(), r.Bool())),
            Timeline = reader.List((ref CommandReader r) => new TimelineEntry(
                r.Int64(), ReadEnum<RunState>(ref r), ReadEnum<StepKind>(ref r), ReadEnum<Reason>(ref r), r.String(), r.String(), r.Int32())),
            Tellings = reader.List((ref CommandReader r) => new Telling(r.String(), r.String(), r.Int32())),
        };
    }

    public static void Write(ref CommandWriter writer, AlertRecord record)
    {
        writer.Int64(record.Number);
        writer.Int64(record.At);
        writer.String(record.Source);
        Write(ref writer, record.Alert);
        writer.Byte((byte)record.Outcome);
        writer.String(record.Run);
        writer.Int32(record.Truncated);
    }

    /// <exception cref="InvalidDataException">The bytes are no alert record.</exception>
    public static AlertRecord ReadAlertRecord(ref CommandReader reader) => new(
        reader.Int64(), reader.Int64(), reader.String(), ReadAlert(ref reader), ReadEnum<AlertOutcome>(ref reader), reader.String(), reader.Int32());

    /// <exception cref="InvalidDataException">No value of the enumeration.</exception>
    internal static T ReadEnum<T>(ref CommandReader reader)
        where T : struct, Enum
    {
        var value = reader.Byte();
        var member = (T)Enum.ToObject(typeof(T), value);
        return Enum.IsDefined(member) ? member : throw new InvalidDataException($"A journaled {typeof(T).Name} has the unknown value {value}.");
    }

    private static ImmutableDictionary<TKey, TValue> ToDictionary<TKey, TValue>(ImmutableArray<KeyValuePair<TKey, TValue>> pairs, IEqualityComparer<TKey> comparer)
        where TKey : notnull
    {
        var dictionary = ImmutableDictionary.CreateBuilder<TKey, TValue>(comparer);
        foreach (var (key, value) in pairs)
        {
            if (!dictionary.TryAdd(key, value))
                throw new InvalidDataException($"A journaled policy names {key} twice.");
        }

        return dictionary.ToImmutable();
    }

    private static void WriteStory(ref CommandWriter writer, Run run)
    {
        writer.Int32(run.Episodes.Length);
        foreach (var episode in run.Episodes)
        {
            writer.String(episode.Fingerprint);
            writer.Int64(episode.StartsAt);
            writer.String(episode.FaultClass);
            writer.UInt32(episode.GpuMask);
            writer.Int64(episode.At);
            writer.Bool(episode.Resolved);
        }

        writer.Int32(run.Timeline.Length);
        foreach (var entry in run.Timeline)
        {
            writer.Int64(entry.At);
            writer.Byte((byte)entry.State);
            writer.Byte((byte)entry.Step);
            writer.Byte((byte)entry.Reason);
            writer.String(entry.Actor);
            writer.String(entry.Detail);
            writer.Int32(entry.Attempt);
        }

        writer.Int32(run.Tellings.Length);
        foreach (var telling in run.Tellings)
        {
            writer.String(telling.Sender);
            writer.String(telling.Reference);
            writer.Int32(telling.Told);
        }
    }

    private static void Write(ref CommandWriter writer, AlertSignal alert)
    {
        writer.String(alert.Fingerprint);
        writer.Int64(alert.StartsAt);
        writer.Byte((byte)alert.Status);
        writer.Byte((byte)alert.Kind);
        writer.String(alert.AlertName);
        writer.String(alert.Node);
        writer.UInt32(alert.GpuMask);
        writer.Int32(alert.Xid);
        writer.String(alert.FaultClass);
        writer.Bool(alert.Overrides);
        writer.String(alert.Summary);
        writer.Raw(alert.Labels.Bytes);
    }

    private static AlertSignal ReadAlert(ref CommandReader reader) => new(
        reader.String(), reader.Int64(), ReadEnum<AlertStatus>(ref reader), ReadEnum<AlertKind>(ref reader), reader.String(), reader.String(), reader.UInt32(),
        reader.Int32(), reader.String(), reader.Bool(), reader.String(), AlertLabels.Read(ref reader));

    private static void Write(ref CommandWriter writer, FaultClass fault)
    {
        writer.String(fault.Name);
        writer.Int32(fault.Severity);
        writer.Int32(fault.Repeats);
        writer.Int64(fault.Window);
        writer.Int32(fault.Ladder.Length);
        foreach (var step in fault.Ladder)
            Write(ref writer, step);
        Write(ref writer, fault.HealthCheck);
        writer.Int64(fault.Soak);
        writer.Byte((byte)fault.Ending);
    }

    private static KeyValuePair<string, FaultClass> ReadNamedClass(ref CommandReader reader)
    {
        var fault = ReadClass(ref reader);
        return KeyValuePair.Create(fault.Name, fault);
    }

    private static FaultClass ReadClass(ref CommandReader reader) => new(
        reader.String(), reader.Int32(), reader.Int32(), reader.Int64(), reader.List(ReadStep), ReadStep(ref reader), reader.Int64(), ReadEnum<RunState>(ref reader));

    private static void Write(ref CommandWriter writer, LadderStep step)
    {
        writer.Byte((byte)step.Kind);
        writer.Int64(step.Deadline);
        writer.Int32(step.Tries);
        writer.Bool(step.Repeatable);
        writer.Bool(step.EscalateOnFailure);
        writer.Bool(step.OnlyFaultyGpus);
    }

    private static LadderStep ReadStep(ref CommandReader reader)
        => new(ReadEnum<StepKind>(ref reader), reader.Int64(), reader.Int32(), reader.Bool(), reader.Bool(), reader.Bool());
}
