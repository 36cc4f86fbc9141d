using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Notify;

/// <summary>One entry of a run's timeline.</summary>
/// <param name="Number">Position in the timeline, from 1.</param>
/// <param name="At">UTC.</param>
/// <param name="State">State of the run after the entry.</param>
/// <param name="Attempt">0 when the entry is about no attempt.</param>
/// <param name="Reason">Closed code of the engine.</param>
/// <param name="Detail">One line, bounded in length; may be empty.</param>
/// <param name="Took">Time since the first entry about the same attempt; null when this is the first.</param>
/// <param name="Entered">The entry moved the run into <paramref name="State"/>.</param>
/// <param name="Moved">State, step or attempt differ from the entry before.</param>
public sealed record StoryChapter(
    int Number,
    DateTimeOffset At,
    RunState State,
    StepKind Step,
    int Attempt,
    string Reason,
    string Actor,
    string Detail,
    TimeSpan? Took,
    bool Entered,
    bool Moved)
{
    /// <summary>From here on a person is needed.</summary>
    public bool CallsPerson => Entered && (State is RunState.Escalated or RunState.NeedsHardware);
}
