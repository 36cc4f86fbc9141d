using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling;

/// <summary>What a command came to. The code drives behaviour; there are no other outcomes.</summary>
public enum Outcome : byte
{
    None = 0,

    /// <summary>Done, and the state changed.</summary>
    Done,

    /// <summary>Nothing to do: it was so already.</summary>
    Unchanged,

    /// <summary>No node has room.</summary>
    NoFit,

    /// <summary>Nothing fits now; it waits in the queue.</summary>
    Queued,

    /// <summary>The project may not use more of any machine group that would do.</summary>
    OverQuota,

    /// <summary>The project lacks the permission; <see cref="Reply.Detail"/> names it.</summary>
    Forbidden,

    /// <summary>Contradicts something that is there; <see cref="Reply.Detail"/> says what, and what would help.</summary>
    Conflict,

    /// <summary>The id is known for something else; <see cref="Reply.Detail"/> names the field.</summary>
    AlreadyExists,

    /// <summary>The command contradicts itself or exceeds a range; <see cref="Reply.Detail"/> names the field.</summary>
    Invalid,

    /// <summary>No such node, workload, run or group.</summary>
    NotFound,

    /// <summary>The caller's token is stale.</summary>
    Refused,

    /// <summary>A <see cref="Commands.BeginStepCommand"/> for an attempt that was begun before.</summary>
    Resumed,
}

/// <summary>The engine's answer to one command.</summary>
/// <param name="Outcome">What the command came to.</param>
/// <param name="Node">Node index of a placement or step; -1 when there is none.</param>
/// <param name="GpuMask">GPUs of a placement or step.</param>
/// <param name="Changed">The command changed the state and must be journaled.</param>
/// <param name="Detail">The node's name for a placement (a <see cref="Nomination"/> when others have yet to leave it), else a command's own answer (see the command), or a text for people.</param>
public readonly record struct Reply(Outcome Outcome, int Node, uint GpuMask, bool Changed, object? Detail)
{
    /// <summary>Name of the node of a single placement; null when there is none.</summary>
    public string? NodeName => Node < 0 ? null : Detail as string ?? (Detail as Nomination)?.Node;

    public static Reply Of(Outcome outcome, object? detail = null) => new(outcome, -1, 0, outcome is Outcome.Done or Outcome.Resumed, detail);

    public static Reply Invalid(string problem) => new(Outcome.Invalid, -1, 0, false, problem);
}
