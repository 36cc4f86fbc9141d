using System.Collections.Immutable;
using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Repair;

/// <summary>Takes the alerts of a notification: recognises duplicates, records the rest, opens and closes runs.</summary>
internal static class Intake
{
    private const int MaxAlerts = 10_000;

    // Grafana's and Alertmanager's have 16; a run keeps many of them, and must fit into one record.
    private const int MaxFingerprint = 256;
    private const int MaxLabels = 256;

    public static Reply Report(RepairScope scope, ReportAlertsCommand command)
    {
        if (Problem(command) is { } problem)
            return Reply.Invalid(problem);
        var outcomes = ImmutableArray.CreateBuilder<AlertOutcome>(command.Alerts.Length);
        var runs = ImmutableArray.CreateBuilder<string>(command.Alerts.Length);
        foreach (var alert in command.Alerts)
        {
            var (outcome, run) = Take(scope, command, alert);
            outcomes.Add(outcome);
            runs.Add(run);
        }

        if (command.TruncatedAlerts > 0)
            NoteTruncation(scope, command, runs);
        return Reply.Of(command.Alerts.IsEmpty ? Outcome.Unchanged : Outcome.Done, new AlertReplies(outcomes.ToImmutable(), runs.ToImmutable()));
    }

    /// <summary>A node was added, or the run that it has is another one: faults that were reported for its name before, and not resolved since, get their run.</summary>
    public static void NodeAppeared(RepairScope scope, int node)
    {
        var name = scope.Cluster.Nodes.NameOf(node);
        // Without any playbook, as a new hotpath is until the functions reach it, nobody can say yet what they are.
        if (scope.Policy.Classes.IsEmpty)
            return;
        if (!scope.State.Homeless.TryGetValue(name, out var numbers))
            return;
        scope.State = scope.State with { Homeless = scope.State.Homeless.Remove(name) };
        foreach (var number in numbers)
        {
            if (!scope.State.Alerts.TryGetValue(number, out var record) || Episodes.Find(scope, record.Alert) is not { Resolved: false } episode)
                continue;
            if (Classify(scope, node, record.Alert, record.At) is not { Repeats: > 0 } fault)
                continue;
            var run = Admission.Accept(scope, node, WithGpusOf(scope, node, record.Alert), fault, record.Source, record.At);
            Episodes.Put(scope, episode with { Run = run.Number });
            scope.State = scope.State with { Alerts = scope.State.Alerts.Replace(record with { Outcome = AlertOutcome.Accepted, Run = run.Id }) };
        }
    }

    /// <summary>Other playbooks are in force: faults that were reported before there were any get their run.</summary>
    public static void PlaybooksAppeared(RepairScope scope)
    {
        foreach (var name in scope.State.Homeless.Keys)
        {
            if (scope.Cluster.Nodes.TryFind(name, out var node))
                NodeAppeared(scope, node);
        }
    }

    private static (AlertOutcome Outcome, string Run) Take(RepairScope scope, ReportAlertsCommand command, AlertSignal alert)
    {
        var known = Episodes.Find(scope, alert);
        // A firing that comes after its own resolve is late, not new.
        if (known is not null && (alert.Status == AlertStatus.Firing || known.Resolved))
        {
            Episodes.Put(scope, known);
            return (AlertOutcome.Duplicate, IdOf(scope, known.Run));
        }

        var (outcome, run) = alert.Status == AlertStatus.Resolved ? Resolve(scope, alert, known, command.Source) : Fire(scope, alert, command.Source);
        Record(scope, command, alert, outcome, run?.Id ?? "");
        return (outcome, run?.Id ?? "");
    }

    private static (AlertOutcome Outcome, Run? Run) Fire(RepairScope scope, AlertSignal alert, string source)
    {
        var (outcome, run) = Judge(scope, alert, source);
        Episodes.Add(scope, alert, run?.Number ?? 0);
        return (outcome, run);
    }

    private static (AlertOutcome Outcome, Run? Run) Judge(RepairScope scope, AlertSignal alert, string source)
    {
        if (alert.Kind != AlertKind.Fault)
            return (AlertOutcome.Ignored, null);
        if (!scope.Cluster.Nodes.TryFind(alert.Node, out var node))
            return (AlertOutcome.UnknownNode, null);
        return Classify(scope, node, alert, scope.Now) is { Repeats: > 0 } fault
            ? (AlertOutcome.Accepted, Admission.Accept(scope, node, WithGpusOf(scope, node, alert), fault, source, scope.Now))
            : (AlertOutcome.Ignored, null);
    }

    /// <summary>Without the GPUs that the node cannot have, which no drain and no reset would find; when none is left the whole node is meant.</summary>
    private static AlertSignal WithGpusOf(RepairScope scope, int node, AlertSignal alert)
    {
        // A device plugin no longer counts a GPU that failed, so a node of 8 may say 7 when the alert of the last one comes.
        var count = scope.Cluster.Nodes.GpuCountOf(node);
        var gpus = count == 0 ? NodeTable.MaxGpus : (int)BitOperations.RoundUpToPowerOf2((uint)count);
        return alert with { GpuMask = alert.GpuMask & ((1u << gpus) - 1) };
    }

    private static FaultClass? Classify(RepairScope scope, int node, AlertSignal alert, long at)
    {
        var history = scope.State.Histories.GetValueOrDefault(node, NodeHistory.Empty);
        var fault = Classifier.Classify(scope.Policy, alert, history, at);
        if (alert.Xid != 0)
            scope.State = scope.State with { Histories = scope.State.Histories.SetItem(node, Classifier.Remember(history, alert, at)) };
        return fault;
    }

    private static (AlertOutcome Outcome, Run? Run) Resolve(RepairScope scope, AlertSignal alert, Episode? known, string source)
    {
        if (known is null)
        {
            Episodes.Add(scope, alert, 0);
            return (AlertOutcome.Ignored, null);
        }

        Episodes.Put(scope, known with { Resolved = true });
        scope.State = scope.State with { Homeless = Homeless.Without(scope.State, alert) };
        if (scope.State.RunByNumber(known.Run) is not { } run)
            return (AlertOutcome.Ignored, null);
        run = run.Resolve(alert.Fingerprint, alert.StartsAt);
        // A run that awaits repeats goes on: a fault that flaps resolves in between.
        if (!run.Ended && !run.Acted && run.State != RunState.Observed && Episodes.IsOver(scope, run))
            return (AlertOutcome.Accepted, Closing.Heal(scope, run, Reason.ResolvedBeforeAction, source));
        return (AlertOutcome.Accepted, scope.Save(run.Note(Reason.Resolved, scope.Now, source, alert.AlertName)));
    }

    private static void Record(RepairScope scope, ReportAlertsCommand command, AlertSignal alert, AlertOutcome outcome, string run)
    {
        var number = scope.Record(alert, scope.Now, command.Source, outcome, run, command.TruncatedAlerts);
        if (outcome == AlertOutcome.UnknownNode || IsTooEarly(scope, alert))
            Homeless.Add(scope, alert.Node, number);
    }

    private static bool IsTooEarly(RepairScope scope, AlertSignal alert)
        => scope.Policy.Classes.IsEmpty && alert is { Kind: AlertKind.Fault, Status: AlertStatus.Firing };

    private static void NoteTruncation(RepairScope scope, ReportAlertsCommand command, IEnumerable<string> runs)
    {
        foreach (var id in runs.Distinct().Where(id => id.Length > 0))
        {
            if (scope.State.RunById(id) is { Ended: false } run)
                scope.Save(run.Note(Reason.AlertsTruncated, scope.Now, command.Source, $"the sender left out {command.TruncatedAlerts} alerts of this notification"));
        }
    }

    private static string IdOf(RepairScope scope, long run) => scope.State.RunByNumber(run)?.Id ?? "";

    private static string? Problem(ReportAlertsCommand command)
    {
        if (command.Alerts.IsDefault)
            return "alerts: missing";
        if (command.Alerts.Length > MaxAlerts)
            return $"alerts: {command.Alerts.Length} alerts, at most {MaxAlerts} are taken at once";
        if (command.TruncatedAlerts < 0)
            return "truncatedAlerts: must not be negative";
        if (Texts.Problem(command.Source) is { } problem)
            return $"source: {problem}";
        for (var i = 0; i < command.Alerts.Length; i++)
        {
            if (Problem(command.Alerts[i]) is { } wrong)
                return $"alerts[{i}].{wrong}";
        }

        return null;
    }

    private static string? Problem(AlertSignal alert)
    {
        if (alert.Fingerprint.Length == 0)
            return "fingerprint: must not be empty";
        if (alert.Fingerprint.Length > MaxFingerprint)
            return $"fingerprint: must have at most {MaxFingerprint} characters";
        if (alert.StartsAt <= 0)
            return "startsAt: must be after 1970";
        if (!Enum.IsDefined(alert.Status))
            return "status: unknown";
        if (!Enum.IsDefined(alert.Kind))
            return "kind: unknown";
        if (alert.Labels.Count > MaxLabels)
            return $"labels: must be at most {MaxLabels}";
        if (alert.Labels.Longest > Texts.MaxLength)
            return $"labels: one is longer than {Texts.MaxLength} characters";
        return TextProblem("fingerprint", alert.Fingerprint) ?? TextProblem("node", alert.Node) ?? TextProblem("alertName", alert.AlertName)
            ?? TextProblem("faultClass", alert.FaultClass) ?? TextProblem("summary", alert.Summary);
    }

    private static string? TextProblem(string field, string text) => Texts.Problem(text) is { } problem ? $"{field}: {problem}" : null;
}
