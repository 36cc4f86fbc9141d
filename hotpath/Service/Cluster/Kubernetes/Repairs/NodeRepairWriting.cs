using System.Text.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Repairs;

/// <summary>A run as the object that operators see.</summary>
internal static class NodeRepairWriting
{
    // As the definition of the kind bounds them.
    private const int MaxEntries = 128;
    private const int MaxText = 4_096;
    private const int MaxDetail = 1_024;

    // Thread and key of senders; what is longer could not be resumed from a part of it.
    private const int MaxReference = 512;

    /// <param name="sequence">Of the snapshot that the run is from; null: it is left out, to compare.</param>
    public static NodeRepair Of(Run run, long? sequence)
    {
        var skipped = Math.Max(0, run.Timeline.Length - MaxEntries);
        var last = run.Timeline[^1];
        return new NodeRepair
        {
            Metadata = new ObjectMeta { Name = run.Id },
            Spec = new NodeRepairSpec { Node = run.NodeName },
            Status = new NodeRepairStatus
            {
                State = run.State.ToString(),
                FaultClass = run.Class.Name,
                SupersededBy = run.Pending?.Name,
                Playbook = PlaybookOf(run.Class),
                NextPlaybook = run.Pending is { } next ? PlaybookOf(next) : null,
                Rung = run.Rung,
                Gpus = GpusOf(run.GpuMask),
                Step = NameOf(run.Step),
                Attempt = run.Attempt,
                Tries = run.Tries,
                Begun = run.Begun,
                Deadline = TimeOf(run.Deadline),
                Holds = run.Holds,
                Acted = run.Acted,
                Drained = run.Drained,
                Reason = last.Reason.ToString(),
                Message = Cut(last.Detail.Length > 0 ? last.Detail : Words(last.Reason), MaxText),
                Summary = Cut(run.Summary, MaxText),
                OpenedAt = TimeOf(run.OpenedAt),
                StartsAt = TimeOf(run.StartsAt),
                EndedAt = run.Ended ? TimeOf(run.EndedAt) : null,
                Alerts = [.. run.Episodes.Select(AlertOf)],
                Timeline = [.. run.Timeline.Skip(skipped).Select(EntryOf)],
                Tellings = [.. run.Tellings.Select(telling => TellingOf(telling, skipped))],
                Observed = sequence,
            },
        };
    }

    /// <returns>Null for no step.</returns>
    public static string? NameOf(StepKind step) => step == StepKind.None ? null : JsonNamingPolicy.CamelCase.ConvertName(step.ToString());

    private static NodeRepairPlaybook PlaybookOf(FaultClass fault) => new()
    {
        FaultClass = fault.Name,
        Severity = fault.Severity,
        Repeats = fault.Repeats,
        WindowMilliseconds = fault.Window,
        Ladder = [.. fault.Ladder.Select(StepOf)],
        HealthCheck = StepOf(fault.HealthCheck),
        SoakMilliseconds = fault.Soak,
        Ending = fault.Ending.ToString(),
    };

    private static NodeRepairStep StepOf(LadderStep step) => new()
    {
        Step = NameOf(step.Kind) ?? "",
        DeadlineMilliseconds = step.Deadline,
        Tries = step.Tries,
        Repeatable = step.Repeatable,
        EscalateOnFailure = step.EscalateOnFailure,
        OnlyFaultyGpus = step.OnlyFaultyGpus,
    };

    private static NodeRepairAlert AlertOf(RunEpisode episode) => new()
    {
        Fingerprint = episode.Fingerprint,
        StartsAt = DateTimeOffset.FromUnixTimeMilliseconds(episode.StartsAt),
        ReportedAt = TimeOf(episode.At),
        FaultClass = episode.FaultClass,
        Gpus = GpusOf(episode.GpuMask),
        Resolved = episode.Resolved,
    };

    private static NodeRepairEntry EntryOf(TimelineEntry entry) => new()
    {
        At = DateTimeOffset.FromUnixTimeMilliseconds(entry.At),
        State = entry.State.ToString(),
        Step = NameOf(entry.Step),
        Reason = entry.Reason.ToString(),
        Actor = Cut(entry.Actor, MaxReference),
        Detail = Cut(entry.Detail, MaxDetail),
        Attempt = entry.Attempt,
    };

    private static NodeRepairTelling TellingOf(Telling telling, int skipped) => new()
    {
        Sender = telling.Sender,
        Reference = telling.Reference.Length is > 0 and <= MaxReference ? telling.Reference : null,
        Told = Math.Max(0, telling.Told - skipped),
    };

    private static IReadOnlyList<int> GpusOf(uint mask) => [.. Enumerable.Range(0, 32).Where(gpu => (mask >> gpu & 1) != 0)];

    private static DateTimeOffset? TimeOf(long milliseconds) => milliseconds is 0 or long.MaxValue ? null : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static string? Cut(string text, int length)
    {
        if (text.Length <= length)
            return text.Length == 0 ? null : text;
        return text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }

    /// <summary>OutOfScheduling is "out of scheduling".</summary>
    private static string Words(Reason reason)
        => string.Concat(reason.ToString().Select((letter, place) => place > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));
}
