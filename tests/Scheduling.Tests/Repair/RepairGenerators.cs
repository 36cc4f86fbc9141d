using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Generators of everything the repair codec writes.</summary>
internal static class RepairGenerators
{
    private static Gen<long> Longs { get; } = Gen.OneOf(Gen.Choose(0, 100).Select(value => (long)value), Gen.Elements(long.MaxValue, long.MinValue, -1L, 1_700_000_000_000));

    private static Gen<int> Ints { get; } = Gen.OneOf(Gen.Choose(0, 100), Gen.Elements(int.MaxValue, int.MinValue, -1));

    private static Gen<uint> Masks { get; } = Ints.Select(value => (uint)value);

    private static Gen<bool> Bools { get; } = Gen.Elements(true, false);

    private static Gen<string> Strings { get; } = Gen.OneOf(
        Gen.Elements("", "gpu-0001", "XID 48", "Knoten-ä", "노드", "😀", "\0", "line\nline"),
        Gen.ListOf(Gen.Choose(' ', '~').Select(letter => (char)letter)).Select(letters => string.Concat(letters)));

    private static Gen<LadderStep> Steps { get; } =
        from kind in Enums<StepKind>()
        from deadline in Longs
        from tries in Ints
        from repeatable in Bools
        from escalates in Bools
        from partial in Bools
        select new LadderStep(kind, deadline, tries, repeatable, escalates, partial);

    private static Gen<FaultClass> Classes { get; } =
        from name in Strings
        from severity in Ints
        from repeats in Ints
        from window in Longs
        from ladder in Arrays(Steps)
        from check in Steps
        from soak in Longs
        from ending in Enums<RunState>()
        select new FaultClass(name, severity, repeats, window, ladder, check, soak, ending);

    private static Gen<AlertSignal> Alerts { get; } =
        from fingerprint in Strings
        from startsAt in Longs
        from status in Enums<AlertStatus>()
        from kind in Enums<AlertKind>()
        from name in Strings
        from node in Strings
        from mask in Masks
        from xid in Ints
        from fault in Strings
        from overrides in Bools
        from summary in Strings
        from labels in Arrays(Strings)
        select new AlertSignal(fingerprint, startsAt, status, kind, name, node, mask, xid, fault, overrides, summary, [.. labels]);

    private static Gen<CorrelationRule> Correlations { get; } =
        from xid in Ints
        from with in Arrays(Ints)
        from window in Longs
        from name in Strings
        select new CorrelationRule(xid, with, window, name);

    public static Gen<RepairPolicy> Policies { get; } =
        from classes in Arrays(Classes)
        from xids in Arrays(Ints)
        from name in Strings
        from correlations in Arrays(Correlations)
        from percent in Ints
        from attempts in Ints
        select new RepairPolicy(
            classes.DistinctBy(fault => fault.Name).ToImmutableDictionary(fault => fault.Name, StringComparer.Ordinal),
            xids.Distinct().ToImmutableDictionary(xid => xid, _ => name), correlations, name, percent, attempts);

    public static Gen<AlertRecord> Records { get; } =
        from number in Longs
        from at in Longs
        from source in Strings
        from alert in Alerts
        from outcome in Enums<AlertOutcome>()
        from run in Strings
        from truncated in Ints
        select new AlertRecord(number, at, source, alert, outcome, run, truncated);

    private static Gen<TimelineEntry> Entries { get; } =
        from at in Longs
        from state in Enums<RunState>()
        from step in Enums<StepKind>()
        from reason in Enums<Reason>()
        from actor in Strings
        from detail in Strings
        from attempt in Ints
        select new TimelineEntry(at, state, step, reason, actor, detail, attempt);

    private static Gen<RunEpisode> Episodes { get; } =
        from fingerprint in Strings
        from startsAt in Longs
        from fault in Strings
        from mask in Masks
        from at in Longs
        from resolved in Bools
        select new RunEpisode(fingerprint, startsAt, fault, mask, at, resolved);

    private static Gen<Telling> Tellings { get; } =
        from sender in Strings
        from reference in Strings
        from told in Ints
        select new Telling(sender, reference, told);

    public static Gen<Run> Runs { get; } =
        from longs in Gen.ArrayOf(Longs, 11)
        from ints in Gen.ArrayOf(Ints, 4)
        from bools in Gen.ArrayOf(Bools, 5)
        from texts in Gen.ArrayOf(Strings, 6)
        from fault in Classes
        from pending in Classes
        from state in Enums<RunState>()
        from step in Enums<StepKind>()
        from mask in Masks
        from episodes in Arrays(Episodes)
        from timeline in Arrays(Entries)
        from tellings in Arrays(Tellings)
        select new Run
        {
            Number = longs[0],
            Id = texts[0],
            Node = ints[0],
            NodeName = texts[1],
            Class = fault,
            Pending = bools[0] ? pending : null,
            State = state,
            Rung = ints[1],
            Step = step,
            Attempt = ints[2],
            Tries = ints[3],
            Begun = bools[1],
            Deadline = longs[1],
            QueuedAt = longs[2],
            Grace = longs[3],
            GpuMask = mask,
            Holds = bools[2],
            Acted = bools[3],
            Drained = bools[4],
            OpenedAt = longs[4],
            StartsAt = longs[5],
            EndedAt = longs[6],
            EndOrdinal = longs[7],
            Summary = texts[2],
            Episodes = episodes,
            Timeline = timeline,
            Tellings = tellings,
            Teller = texts[3],
            TellerUntil = longs[8],
            ToldAt = longs[9],
            Marking = new NodeMarking(texts[4], texts[5], longs[10]),
        };

    public static Gen<Command> Commands { get; } = Gen.OneOf(
        (from alerts in Arrays(Alerts)
         from source in Strings
         from truncated in Ints
         select (Command)new ReportAlertsCommand { Alerts = alerts, Source = source, TruncatedAlerts = truncated }),
        (from text in Texts(2)
         from step in Enums<StepKind>()
         from attempt in Ints
         select (Command)new BeginStepCommand { Run = text[0], Step = step, Attempt = attempt, Actor = text[1] }),
        (from text in Texts(3)
         from step in Enums<StepKind>()
         from attempt in Ints
         from outcome in Enums<StepOutcome>()
         select (Command)new CompleteStepCommand { Run = text[0], Step = step, Attempt = attempt, Outcome = outcome, Message = text[1], Actor = text[2] }),
        Gen.Constant((Command)new SweepCommand()),
        Policies.Select(policy => (Command)new SetPolicyCommand { Policy = policy }),
        (from text in Texts(2)
         from lease in Longs
         select (Command)new ClaimTellingCommand { Run = text[0], Teller = text[1], Lease = lease }),
        (from text in Texts(4)
         from told in Ints
         from release in Bools
         select (Command)new RecordTellingCommand { Run = text[0], Teller = text[1], Sender = text[2], Reference = text[3], Told = told, Release = release }),
        Texts(2).Select(text => (Command)new ReturnNodeCommand { Node = text[0], Actor = text[1] }),
        Runs.Select(run => (Command)new AdoptRunCommand { Run = run }),
        (from text in Texts(5)
         from attempt in Ints
         select (Command)new AdoptMarkCommand { Node = text[0], Run = text[1], State = text[2], Step = text[3], Attempt = attempt, FaultClass = text[4] }),
        Texts(3).Select(text => (Command)new UncordonCommand { Node = text[0], Run = text[1], Actor = text[2] }),
        (from text in Texts(3)
         from marked in Bools
         select (Command)new ConfirmMarkCommand { Node = text[0], Run = text[1], State = text[2], Marked = marked }),
        // Without unfinished runs, which end where a journal from before they were known does.
        (from runs in Longs
         from alerts in Longs
         select (Command)new ArchivedCommand { RunsThrough = runs, AlertsThrough = alerts }));

    private static Gen<string[]> Texts(int count) => Gen.ArrayOf(Strings, count);

    private static Gen<T> Enums<T>()
        where T : struct, Enum
        => Gen.Elements(Enum.GetValues<T>());

    private static Gen<ImmutableArray<T>> Arrays<T>(Gen<T> items) => Gen.Choose(0, 4).SelectMany(count => Gen.ArrayOf(items, count)).Select(array => array.ToImmutableArray());
}
