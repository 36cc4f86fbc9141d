using System.Collections.Immutable;

namespace Pipeline.Scheduling.Repair;

/// <summary>The repair of one node, from its first alert to a healthy node or a person. Immutable; every change makes a new one.</summary>
public sealed record Run
{
    /// <summary>Notes beyond this are not kept: an alert that fires for ever must not grow its run for ever. Transitions are bounded by the attempts.</summary>
    private const int MaxNotedEntries = 200;

    // An executor's message may be a whole log.
    private const int MaxDetail = 4_096;

    private const int MaxActor = 256;

    // Characters of all details and actors. A run that does not fit into one record of the store (2 MiB) would end all checkpoints, and the
    // journal would grow for ever; a character takes up to three bytes, and the rest of a run up to half of the record.
    private const int MaxStory = 256 * 1024;

    // What is said of each entry beyond that: what happened, and the beginnings of who and why.
    private const int MaxLateText = 32;

    /// <summary>Counted from 1 over the life of the state.</summary>
    public required long Number { get; init; }

    /// <summary><c>r-</c>, time of opening and number, both in base 36: unique over installations for all that matters.</summary>
    public required string Id { get; init; }

    public required int Node { get; init; }

    public required string NodeName { get; init; }

    /// <summary>The fault class as it was when it was taken over: later policies do not change a live run.</summary>
    public required FaultClass Class { get; init; }

    /// <summary>A worse class that takes over when the attempt in flight has ended.</summary>
    public FaultClass? Pending { get; init; }

    public RunState State { get; init; } = RunState.Observed;

    /// <summary>Index of the current step in the ladder; -1 before the first.</summary>
    public int Rung { get; init; } = -1;

    public StepKind Step { get; init; }

    /// <summary>Number of the last attempt; never used twice in a run.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts of the current step.</summary>
    public int Tries { get; init; }

    /// <summary>The current attempt was begun and has not ended.</summary>
    public bool Begun { get; init; }

    /// <summary>When the sweep must look, Unix milliseconds; <see cref="long.MaxValue"/>: never.</summary>
    public long Deadline { get; init; } = long.MaxValue;

    /// <summary>When the current attempt was given out, Unix milliseconds.</summary>
    public long QueuedAt { get; init; }

    /// <summary>How long the next unanswered wake-up may take, milliseconds.</summary>
    public long Grace { get; init; }

    /// <summary>Faulty GPUs; 0: the whole node.</summary>
    public uint GpuMask { get; init; }

    /// <summary>The node is out of scheduling in the name of this run.</summary>
    public bool Holds { get; init; }

    /// <summary>An action (not the drain) was begun.</summary>
    public bool Acted { get; init; }

    /// <summary>The node was drained as a whole.</summary>
    public bool Drained { get; init; }

    public long OpenedAt { get; init; }

    /// <summary>startsAt of the first alert, Unix milliseconds.</summary>
    public long StartsAt { get; init; }

    /// <summary>0 while the run lives.</summary>
    public long EndedAt { get; init; }

    /// <summary>Order of ending, counted from 1; 0 while the run lives.</summary>
    public long EndOrdinal { get; init; }

    public string Summary { get; init; } = "";

    /// <summary>First those that are over, then those that still fire, both in the order of their reports.</summary>
    public ImmutableArray<RunEpisode> Episodes { get; init; } = [];

    public ImmutableArray<TimelineEntry> Timeline { get; init; } = [];

    public ImmutableArray<Telling> Tellings { get; init; } = [];

    public string Teller { get; init; } = "";

    /// <summary>When its right ends, or, without a teller, when the last one gave it back.</summary>
    public long TellerUntil { get; init; }

    /// <summary>
    /// When <see cref="Effects.Effect.Tell"/> was last emitted; <see cref="Repair.Tellings.AskLater"/>: it is when the teller ends;
    /// <see cref="long.MaxValue"/>: nobody wants to hear it any more.
    /// </summary>
    public long ToldAt { get; init; }

    public NodeMarking Marking { get; init; } = NodeMarking.None;

    public bool Ended => EndedAt != 0;

    /// <summary>Goes on and holds its node.</summary>
    public bool Repairs => Holds && !Ended;

    public LadderStep? CurrentStep => Step == StepKind.HealthCheck ? Class.HealthCheck : Rung >= 0 && Rung < Class.Ladder.Length ? Class.Ladder[Rung] : null;

    /// <summary>Moves to <paramref name="state"/> and says so.</summary>
    public Run Enter(RunState state, Reason reason, long now, string actor, string detail = "") => this with
    {
        State = state,
        Timeline = Timeline.Add(Entry(now, state, Step, reason, actor, detail, Step == StepKind.None ? 0 : Attempt)),
        Marking = Holds ? Marking with { Wanted = state.ToString() } : Marking,
    };

    /// <summary>Adds a note without moving.</summary>
    public Run Note(Reason reason, long now, string actor, string detail) => Timeline.Length >= MaxNotedEntries
        ? this
        : this with { Timeline = Timeline.Add(Entry(now, State, StepKind.None, reason, actor, detail, 0)) };

    /// <summary>The episode is over.</summary>
    public Run Resolve(string fingerprint, long startsAt) => this with
    {
        Episodes = [.. Episodes.Select(one => one.Fingerprint == fingerprint && one.StartsAt == startsAt ? one with { Resolved = true } : one)
            .OrderBy(one => !one.Resolved).ThenBy(one => one.At)],
    };

    /// <summary>Adds a last word that is kept however long the story is.</summary>
    public Run Conclude(Reason reason, long now, string actor)
        => this with { Timeline = Timeline.Add(Entry(now, State, StepKind.None, reason, actor, "", 0)) };

    private TimelineEntry Entry(long at, RunState state, StepKind step, Reason reason, string actor, string detail, int attempt)
    {
        var told = 0;
        foreach (var entry in Timeline)
            told += entry.Actor.Length + entry.Detail.Length;
        return told < MaxStory
            ? new TimelineEntry(at, state, step, reason, Texts.Cut(actor, MaxActor), Texts.Cut(detail, MaxDetail), attempt)
            : new TimelineEntry(at, state, step, reason, Texts.Cut(actor, MaxLateText), Texts.Cut(detail, MaxLateText), attempt);
    }
}

/// <summary>A fault that the run answers for.</summary>
/// <param name="At">When it was reported, Unix milliseconds.</param>
public sealed record RunEpisode(string Fingerprint, long StartsAt, string FaultClass, uint GpuMask, long At, bool Resolved);

/// <summary>What the run wants on its node, and what the cluster is known to carry.</summary>
/// <param name="Wanted">State to be written on the node; empty: no mark.</param>
/// <param name="Confirmed">State that is known to stand there; empty: none; <see cref="Unsure"/>: asked for, not answered.</param>
/// <param name="AskedAt">When the last effect was emitted, Unix milliseconds.</param>
public sealed record NodeMarking(string Wanted, string Confirmed, long AskedAt)
{
    public const string Unsure = "?";

    public static NodeMarking None { get; } = new("", "", 0);

    public bool Settled => Wanted == Confirmed;
}
