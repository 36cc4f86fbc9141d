namespace Pipeline.Scheduling.Repair;

/// <summary>What a run from outside must hold to before the engine goes on with it.</summary>
internal static class AdoptionRules
{
    /// <summary>More than any cluster will see; a larger number would leave none for the next runs.</summary>
    public const long MaxNumber = 1_000_000_000_000;

    private const int MaxAttempts = 100;
    private const int MaxEntries = 1_000;
    private const int MaxEpisodes = 128;
    private const int MaxSenders = 8;

    /// <returns>The first problem, naming the field, or null.</returns>
    public static string? Problem(Run run)
        => IdProblem(run.Id) ?? TextProblem("nodeName", run.NodeName) ?? TextProblem("summary", run.Summary) ?? ClassProblem("class", run.Class)
            ?? (run.Pending is null ? null : ClassProblem("pending", run.Pending)) ?? StateProblem(run) ?? StepProblem(run) ?? TimeProblem(run) ?? StoryProblem(run);

    public static string? IdProblem(string id)
        => TextProblem("id", id) ?? (RunId.TryParse(id, out var number) && number is >= 1 and <= MaxNumber ? null : "id: is no id of a run");

    private static string? ClassProblem(string field, FaultClass fault)
        => (fault.Name.Length == 0 ? $"{field}.name: must not be empty" : TextProblem($"{field}.name", fault.Name))
            ?? (PolicyRules.Problem(fault) is { } problem ? $"{field}.{problem}" : null);

    private static string? StateProblem(Run run)
    {
        if (!Enum.IsDefined(run.State))
            return "state: unknown";
        var ends = run.State is RunState.Healthy or RunState.Escalated or RunState.NeedsHardware;
        if (run.Ended != ends)
            return $"endedAt: does not go with the state {run.State}";
        if (run.Holds ? run.State is RunState.Observed or RunState.Held or RunState.Healthy : !ends && run.State is not (RunState.Observed or RunState.Held))
            return $"holds: does not go with the state {run.State}";
        return run.Pending is not null && ends ? "pending: the run has ended" : null;
    }

    private static string? StepProblem(Run run)
    {
        if (!Enum.IsDefined(run.Step))
            return "step: unknown";
        if (run.Rung < -1 || run.Rung > run.Class.Ladder.Length)
            return $"rung: must be -1 to {run.Class.Ladder.Length}";
        if (run.Attempt is < 0 or > MaxAttempts)
            return $"attempt: must be 0 to {MaxAttempts}";
        if (run.Tries is < 0 or > MaxAttempts)
            return $"tries: must be 0 to {MaxAttempts}";
        if (!Attempts.IsOut(run))
            return run.Begun ? $"begun: no attempt is out in the state {run.State}" : null;
        if (run.Attempt == 0 || run.CurrentStep is not { } step || (run.Step != StepKind.HealthCheck && step.Kind != run.Step))
            return $"step: {run.Step} with attempt {run.Attempt} is not at rung {run.Rung}";
        return null;
    }

    private static string? TimeProblem(Run run)
    {
        if (run.OpenedAt <= 0)
            return "openedAt: must be after 1970";
        if (run.StartsAt < 0)
            return "startsAt: must be after 1970";
        if (run.EndedAt < 0)
            return "endedAt: must be after 1970";
        var timed = run.Begun || run.State is RunState.Observed or RunState.Soaking;
        return timed && run.Deadline is <= 0 or long.MaxValue ? "deadline: missing" : null;
    }

    private static string? StoryProblem(Run run)
    {
        if (run.Episodes.IsDefault || run.Episodes.Length > MaxEpisodes)
            return $"episodes: must be 0 to {MaxEpisodes}";
        if (run.Timeline.IsDefaultOrEmpty || run.Timeline.Length > MaxEntries)
            return $"timeline: must have 1 to {MaxEntries} entries";
        if (run.Tellings.IsDefault || run.Tellings.Length > MaxSenders)
            return $"tellings: must be 0 to {MaxSenders}";
        foreach (var episode in run.Episodes)
        {
            if (episode.Fingerprint.Length == 0 || episode.StartsAt <= 0 || Texts.Problem(episode.Fingerprint) is not null || Texts.Problem(episode.FaultClass) is not null)
                return "episodes: each needs a fingerprint, startsAt and a fault class";
        }

        foreach (var entry in run.Timeline)
        {
            if (!Enum.IsDefined(entry.State) || !Enum.IsDefined(entry.Step) || !Enum.IsDefined(entry.Reason)
                || Texts.Problem(entry.Actor) is not null || Texts.Problem(entry.Detail) is not null)
                return "timeline: an entry has an unknown state, step or reason, or no well-formed text";
        }

        foreach (var telling in run.Tellings)
        {
            if (telling.Sender.Length == 0 || telling.Told < 0 || telling.Told > run.Timeline.Length
                || Texts.Problem(telling.Sender) is not null || Texts.Problem(telling.Reference) is not null)
                return "tellings: each needs a sender, and tells no more than the timeline has";
        }

        return null;
    }

    private static string? TextProblem(string field, string text) => Texts.Problem(text) is { } problem ? $"{field}: {problem}" : null;
}
