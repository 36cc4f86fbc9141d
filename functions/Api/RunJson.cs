using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api;

/// <summary>A repair run. Times are ISO 8601 UTC with milliseconds; <c>endedAt</c> is null while it lives, <c>step</c> null between steps.</summary>
/// <param name="Gpus">GPU indexes that the fault names; empty: the whole node.</param>
public sealed record RunJson(
    string Id, string Node, string State, string FaultClass, string? Step, int Attempt, bool Begun, int[] Gpus, string? OpenedAt,
    string? EndedAt, string? StartsAt, bool Ended, string Summary, IReadOnlyList<TimelineJson> Timeline, IReadOnlyList<TellingJson> Tellings,
    IReadOnlyList<string> Fingerprints)
{
    public static RunJson Of(Run run) => new(
        run.Id, run.Node, Names.Of(run.State), run.FaultClass, Names.Of(run.Step), run.Attempt, run.Begun, GpuMask.Indexes(run.GpuMask),
        ApiTime.Iso(run.OpenedAt), ApiTime.Iso(run.EndedAt), ApiTime.Iso(run.StartsAt), run.Ended, run.Summary,
        [.. run.Timeline.Select(TimelineJson.Of)], [.. run.Tellings.Select(TellingJson.Of)], [.. run.Fingerprints]);
}

/// <param name="Reason">Closed code, such as <c>FaultAccepted</c>.</param>
public sealed record TimelineJson(string? At, string State, string? Step, string Reason, string Actor, string Detail, int Attempt)
{
    public static TimelineJson Of(TimelineEntry entry) => new(
        ApiTime.Iso(entry.At), Names.Of(entry.State), Names.Of(entry.Step), entry.Reason, entry.Actor, entry.Detail, entry.Attempt);
}

/// <param name="Told">Timeline entries that the sender has told.</param>
public sealed record TellingJson(string Sender, string Reference, int Told)
{
    public static TellingJson Of(Telling telling) => new(telling.Sender, telling.Reference, telling.Told);
}

public sealed record RunListJson(IReadOnlyList<RunJson> Runs, string? Continue);
