using System.Globalization;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Notify;

/// <summary>Every word that people read about a run, for all senders.</summary>
public static class StoryText
{
    /// <summary>One chapter in one line, such as <c>12:04:05 Reboot, attempt 3: done in 8 s</c>.</summary>
    public static string Line(Story story, StoryChapter chapter)
    {
        var time = chapter.At.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        return $"{time} {Sentence(story, chapter)}";
    }

    public static string State(RunState state) => state switch
    {
        RunState.Observed => "Observed",
        RunState.Held => "Held",
        RunState.Quarantined => "Quarantined",
        RunState.Draining => "Draining",
        RunState.Acting => "Acting",
        RunState.Verifying => "Verifying",
        RunState.Soaking => "Soaking",
        RunState.Healthy => "Healthy",
        RunState.Escalated => "Escalated",
        RunState.NeedsHardware => "NeedsHardware",
        _ => "Unknown",
    };

    public static string Step(StepKind step) => step switch
    {
        StepKind.Drain => "Drain",
        StepKind.DriverReset => "Driver reset",
        StepKind.GpuReset => "GPU reset",
        StepKind.Reboot => "Reboot",
        StepKind.PowerCycle => "Power cycle",
        StepKind.HealthCheck => "Health check",
        StepKind.Soak => "Soak",
        StepKind.Escalate => "Escalation",
        _ => "",
    };

    /// <summary>Where the run stands, in a few words.</summary>
    public static string Standing(Story story) => story.State switch
    {
        RunState.Observed => "watching",
        RunState.Held => "held back",
        RunState.Healthy => "healthy again",
        RunState.Escalated => "a person is needed",
        RunState.NeedsHardware => "hardware must be replaced",
        _ when Step(story.Step) is { Length: > 0 } step && story.Attempt > 0 => $"{Lower(step)}, attempt {story.Attempt}",
        _ => Lower(State(story.State)),
    };

    /// <summary>The part of the story that a message holds; also how a sender finds out what it told before a crash.</summary>
    public static string Span(Story story, int first, int last) => $"Steps {first} to {last} of run {story.Run}.";

    /// <summary>The last step that a <see cref="Span"/> of the same run names; null when the text is none.</summary>
    public static int? LastOfSpan(Story story, string text)
    {
        const string Start = "Steps ";
        var end = $" of run {story.Run}.";
        if (text.Length < Start.Length + end.Length || !text.StartsWith(Start, StringComparison.Ordinal) || !text.EndsWith(end, StringComparison.Ordinal))
            return null;
        var numbers = text[Start.Length..^end.Length].Split(" to ");
        return numbers.Length == 2 && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : null;
    }

    /// <summary>What was tried and how it ended, one line per attempt, for the person who takes over.</summary>
    public static IEnumerable<string> Evidence(Story story)
    {
        yield return $"Node {story.Node}, fault class {story.FaultClass}, {Count(story.Fingerprints.Length, "alert")}: {string.Join(", ", story.Fingerprints)}";
        var attempts = story.Chapters.Where(IsOfAttempt).GroupBy(chapter => chapter.Attempt);
        foreach (var attempt in attempts)
            yield return Attempt(attempt.Last());
    }

    /// <summary>Such as <c>0.3 s</c>, <c>8 s</c>, <c>6 min 20 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(duration.TotalSeconds * 10) / 10:0.0} s"),
        { TotalMinutes: < 1 } => $"{duration.Seconds} s",
        { TotalHours: < 1 } => $"{duration.Minutes} min {duration.Seconds} s",
        _ => $"{(long)duration.TotalHours} h {duration.Minutes} min",
    };

    private static string Sentence(Story story, StoryChapter chapter)
    {
        var why = Why(chapter);
        return chapter switch
        {
            { Reason: "NodeRemoved" } => $"The repair of {story.Node} is over: {why}",
            { Number: 1, Reason: "MarkFound" } => $"{story.Node} stays out of scheduling: {why}",
            { Entered: true, State: RunState.Quarantined } when !WasOut(story, chapter) => $"{story.Node} left scheduling: {Cause(story, chapter)}",
            { Entered: true, State: RunState.Healthy } when WasOut(story, chapter) => $"{story.Node} is back in scheduling: {why}{Times(story, chapter)}",
            { Entered: true, State: RunState.Healthy } => $"Closed, {story.Node} never left scheduling: {why}",
            { Entered: true, State: RunState.Escalated } => $"A person is needed for {story.Node}: {why}{Times(story, chapter)}",
            { Entered: true, State: RunState.NeedsHardware } => $"The hardware of {story.Node} must be replaced: {why}{Times(story, chapter)}",
            { Reason: "NodeReturned" } => $"{story.Node} was given back to scheduling by {chapter.Actor}",
            _ when IsOfAttempt(chapter) => Attempt(chapter),
            { Number: 1 } => $"{Capital(ReasonText.Of(chapter.Reason))}: {Cause(story, chapter)}",
            { Entered: true } => $"{State(chapter.State)}: {why}",
            _ => Capital(why),
        };
    }

    /// <summary>The entry is about the attempt itself. Others carry its number too, such as the escalation that follows it.</summary>
    private static bool IsOfAttempt(StoryChapter chapter) => chapter.Attempt > 0 && chapter.Reason is
        "AttemptBegun" or "AttemptSucceeded" or "AttemptFailed" or "OutcomeUnknown" or "HealthCheckPassed" or "HealthCheckFailed";

    private static string Attempt(StoryChapter chapter)
    {
        // A passed check is told by the soak that it begins.
        var step = chapter.Reason == "HealthCheckPassed" ? StepKind.HealthCheck : chapter.Step;
        var took = chapter.Took is { } duration ? Duration(duration) : "";
        var outcome = (chapter.Reason, took.Length > 0) switch
        {
            ("AttemptBegun", _) => "started",
            ("AttemptSucceeded", true) => $"done in {took}",
            ("AttemptSucceeded", _) => "done",
            ("HealthCheckPassed", true) => $"passed in {took}",
            ("HealthCheckPassed", _) => "passed",
            ("OutcomeUnknown", true) => $"outcome unknown after {took}",
            ("OutcomeUnknown", _) => "outcome unknown",
            (_, true) => $"failed after {took}",
            _ => "failed",
        };
        var detail = chapter.Detail.Length > 0 ? $": {chapter.Detail}" : "";
        return $"{Step(step)}, attempt {chapter.Attempt}: {outcome}{detail}";
    }

    private static string Why(StoryChapter chapter) =>
        chapter.Detail.Length > 0 ? $"{ReasonText.Of(chapter.Reason)}, {chapter.Detail}" : ReasonText.Of(chapter.Reason);

    private static string Cause(Story story, StoryChapter chapter) => chapter.Detail.Length > 0 ? chapter.Detail : story.Cause;

    private static bool WasOut(Story story, StoryChapter chapter) =>
        story.Chapters.Take(chapter.Number - 1).Any(earlier => earlier.State >= RunState.Quarantined);

    /// <summary>Time to act and time to repair, each from the alert's start and from its receipt; said once, by the last of the closing chapters.</summary>
    private static string Times(Story story, StoryChapter closing)
    {
        if (story.Chapters.Skip(closing.Number).Any(later => later is { Entered: true, State: >= RunState.Healthy }))
            return "";
        var acted = story.Chapters.FirstOrDefault(chapter => chapter.State >= RunState.Quarantined) ?? closing;
        var end = closing.State == RunState.Healthy ? "Time to repair" : "Time until handed over";
        return $". Time to act (MTTA): {Since(story, acted.At)}. {end} (MTTR): {Since(story, closing.At)}.";
    }

    private static string Since(Story story, DateTimeOffset at)
    {
        var fromReceipt = $"{Duration(Positive(at - story.OpenedAt))} from receipt";
        return story.StartsAt is { } start ? $"{Duration(Positive(at - start))} from the alert's start, {fromReceipt}" : fromReceipt;
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Capital(string text) => text.Length > 0 ? char.ToUpperInvariant(text[0]) + text[1..] : text;

    // "GPU reset" keeps its capitals.
    private static string Lower(string text) =>
        text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
