using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Engine = Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Api;

/// <summary>Runs, alerts and policies between the engine and the contract.</summary>
internal static class RepairContract
{
    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static Run ToContract(this Engine.Run run)
    {
        var contract = new Run
        {
            Id = run.Id,
            Node = run.NodeName,
            State = run.State.ToContract(),
            FaultClass = run.Class.Name,
            Step = run.Step.ToContract(),
            Attempt = run.Attempt,
            Begun = run.Begun,
            GpuMask = run.GpuMask,
            OpenedAt = run.OpenedAt,
            EndedAt = run.EndedAt,
            StartsAt = run.StartsAt,
            Ended = run.Ended,
            Summary = run.Summary,
        };
        contract.Timeline.AddRange(run.Timeline.Select(ToContract));
        contract.Tellings.AddRange(run.Tellings.Select(telling => new Telling { Sender = telling.Sender, Reference = telling.Reference, Told = telling.Told }));
        contract.Fingerprints.AddRange(run.Episodes.Select(episode => episode.Fingerprint).Distinct());
        return contract;
    }

    public static AlertRecord ToContract(this Engine.AlertRecord record) => new()
    {
        Number = record.Number,
        ReceivedAt = record.At,
        Alert = ToContract(record.Alert),
        Outcome = record.Outcome.ToContract(),
        Run = record.Run,
        Source = record.Source,
    };

    /// <exception cref="InvalidRequestException">A time is past all dates, or an enum has a number that the engine does not know; the message names the field.</exception>
    public static ImmutableArray<Engine.AlertSignal> ToEngine(this IList<Alert> alerts)
    {
        var signals = ImmutableArray.CreateBuilder<Engine.AlertSignal>(alerts.Count);
        for (var i = 0; i < alerts.Count; i++)
        {
            try
            {
                signals.Add(ToEngine(alerts[i]));
            }
            catch (InvalidRequestException e)
            {
                throw new InvalidRequestException($"alerts[{i}].{e.Message}", e);
            }
        }

        return signals.MoveToImmutable();
    }

    /// <exception cref="InvalidRequestException">A key appears twice, or an enum has an unknown number; the message names the field.</exception>
    public static Engine.RepairPolicy ToEngine(this RepairPolicy policy) => new(
        Unique(policy.Classes, fault => fault.Name, "classes").ToImmutableDictionary(fault => fault.Name, ToEngine, StringComparer.Ordinal),
        Unique(policy.Xids, rule => rule.Xid, "xids").ToImmutableDictionary(rule => rule.Xid, rule => rule.FaultClass),
        [.. policy.Correlations.Select(rule => new Engine.CorrelationRule(rule.Xid, [.. rule.With], rule.Window, rule.FaultClass))],
        policy.UnknownXidClass, policy.MaxRepairingPercent, policy.MaxAttempts);

    private static Engine.AlertSignal ToEngine(Alert alert) => new(
        alert.Fingerprint, Possible(alert.StartsAt), alert.Status.ToEngine("status"), alert.Kind.ToEngine("kind"), alert.AlertName, alert.Node, alert.GpuMask, alert.Xid,
        alert.FaultClass, alert.Overrides, alert.Summary, ToEngine(alert.Labels));

    private static Engine.AlertLabels ToEngine(RepeatedField<string> labels)
    {
        try
        {
            return [.. labels];
        }
        catch (ArgumentException e)
        {
            throw new InvalidRequestException("labels: one is no well-formed text", e);
        }
    }

    // Nanoseconds are taken for milliseconds easily, and whoever writes such a time as a date fails each time.
    private static long Possible(long startsAt)
        => startsAt <= LastMillisecond ? startsAt : throw new InvalidRequestException("starts_at: must be Unix milliseconds before the year 10000");

    private static Alert ToContract(Engine.AlertSignal alert)
    {
        var contract = new Alert
        {
            Fingerprint = alert.Fingerprint,
            StartsAt = alert.StartsAt,
            Status = alert.Status.ToContract(),
            Kind = alert.Kind.ToContract(),
            AlertName = alert.AlertName,
            Node = alert.Node,
            GpuMask = alert.GpuMask,
            Xid = alert.Xid,
            FaultClass = alert.FaultClass,
            Overrides = alert.Overrides,
            Summary = alert.Summary,
        };
        contract.Labels.AddRange(alert.Labels);
        return contract;
    }

    private static TimelineEntry ToContract(Engine.TimelineEntry entry) => new()
    {
        At = entry.At,
        State = entry.State.ToContract(),
        Step = entry.Step.ToContract(),
        Reason = entry.Reason.ToString(),
        Actor = entry.Actor,
        Detail = entry.Detail,
        Attempt = entry.Attempt,
    };

    private static Engine.FaultClass ToEngine(FaultClass fault) => new(
        fault.Name, fault.Severity, fault.Repeats, fault.Window, [.. fault.Ladder.Select(ToEngine)], ToEngine(fault.HealthCheck ?? new LadderStep()), fault.Soak,
        fault.Ending switch
        {
            Ending.NeedsHardware => Engine.RunState.NeedsHardware,
            Ending.Escalated or Ending.Unspecified => Engine.RunState.Escalated,
            _ => throw new InvalidRequestException($"ending: {(int)fault.Ending} is no {nameof(Ending)}"),
        });

    private static Engine.LadderStep ToEngine(LadderStep step)
        => new(step.Step.ToEngine("ladder.step"), step.Deadline, step.Tries, step.Repeatable, step.EscalateOnFailure, step.OnlyFaultyGpus);

    private static IEnumerable<T> Unique<T, TKey>(IEnumerable<T> items, Func<T, TKey> key, string field)
    {
        var seen = new HashSet<TKey>();
        foreach (var item in items)
            yield return seen.Add(key(item)) ? item : throw new InvalidRequestException($"{field}: '{key(item)}' appears twice");
    }
}
