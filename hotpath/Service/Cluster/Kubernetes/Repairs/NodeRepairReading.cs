using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Repairs;

/// <summary>A run from the object that was written of it. Whether it holds together, the engine judges.</summary>
internal static class NodeRepairReading
{
    public static RunRecord RecordOf(NodeRepair repair)
    {
        try
        {
            return new RunRecord(repair.Metadata.Name, RunOf(repair), "");
        }
        catch (FormatException problem)
        {
            return new RunRecord(repair.Metadata.Name, null, problem.Message);
        }
    }

    private static Run RunOf(NodeRepair repair)
    {
        var status = repair.Status;
        if (status.Problem is { } problem)
            throw new FormatException(problem);
        return new Run
        {
            Number = 0,
            Id = repair.Metadata.Name,
            Node = -1,
            NodeName = repair.Spec.Node,
            Class = ClassOf("status.playbook", status.Playbook ?? throw new FormatException("status.playbook: missing")),
            Pending = status.NextPlaybook is { } next ? ClassOf("status.nextPlaybook", next) : null,
            State = Parse<RunState>("status.state", status.State),
            Rung = status.Rung,
            Step = StepOf("status.step", status.Step),
            Attempt = status.Attempt,
            Tries = status.Tries,
            Begun = status.Begun,
            Deadline = status.Deadline?.ToUnixTimeMilliseconds() ?? long.MaxValue,
            GpuMask = MaskOf("status.gpus", status.Gpus),
            Holds = status.Holds,
            Acted = status.Acted,
            Drained = status.Drained,
            OpenedAt = status.OpenedAt?.ToUnixTimeMilliseconds() ?? 0,
            StartsAt = status.StartsAt?.ToUnixTimeMilliseconds() ?? 0,
            EndedAt = status.EndedAt?.ToUnixTimeMilliseconds() ?? 0,
            Summary = status.Summary ?? "",
            Episodes = [.. status.Alerts.Select(EpisodeOf)],
            Timeline = [.. status.Timeline.Select(EntryOf)],
            Tellings = [.. status.Tellings.Select(telling => new Telling(telling.Sender, telling.Reference ?? "", telling.Told))],
        };
    }

    private static FaultClass ClassOf(string field, NodeRepairPlaybook playbook) => new(
        playbook.FaultClass, playbook.Severity, playbook.Repeats, playbook.WindowMilliseconds, [.. playbook.Ladder.Select(step => StepOf($"{field}.ladder", step))],
        StepOf($"{field}.healthCheck", playbook.HealthCheck ?? throw new FormatException($"{field}.healthCheck: missing")), playbook.SoakMilliseconds,
        Parse<RunState>($"{field}.ending", playbook.Ending));

    private static LadderStep StepOf(string field, NodeRepairStep step)
        => new(StepOf(field, step.Step), step.DeadlineMilliseconds, step.Tries, step.Repeatable, step.EscalateOnFailure, step.OnlyFaultyGpus);

    private static RunEpisode EpisodeOf(NodeRepairAlert alert) => new(
        alert.Fingerprint, alert.StartsAt.ToUnixTimeMilliseconds(), alert.FaultClass ?? "", MaskOf("status.alerts", alert.Gpus),
        alert.ReportedAt?.ToUnixTimeMilliseconds() ?? 0, alert.Resolved);

    private static TimelineEntry EntryOf(NodeRepairEntry entry) => new(
        entry.At.ToUnixTimeMilliseconds(), Parse<RunState>("status.timeline.state", entry.State), StepOf("status.timeline.step", entry.Step),
        Parse<Reason>("status.timeline.reason", entry.Reason), entry.Actor ?? "", entry.Detail ?? "", entry.Attempt);

    private static StepKind StepOf(string field, string? name) => string.IsNullOrEmpty(name) ? StepKind.None : Parse<StepKind>(field, name);

    // A number would be taken for the member of that value.
    private static T Parse<T>(string field, string? name)
        where T : struct, Enum
        => name is { Length: > 0 } && char.IsLetter(name[0]) && Enum.TryParse<T>(name, ignoreCase: true, out var value) && Enum.IsDefined(value)
            ? value
            : throw new FormatException($"{field}: '{name}' is unknown");

    private static uint MaskOf(string field, IReadOnlyList<int> gpus)
    {
        var mask = 0u;
        foreach (var gpu in gpus)
            mask |= gpu is >= 0 and < 32 ? 1u << gpu : throw new FormatException($"{field}: {gpu} is no GPU");
        return mask;
    }
}
