namespace Pipeline.Scheduling.Repair;

/// <summary>One line of a run's story.</summary>
/// <param name="At">Unix milliseconds.</param>
/// <param name="State">State of the run from here on.</param>
/// <param name="Step">Step that it concerns, or none.</param>
/// <param name="Actor">Who did it: <c>engine</c>, <c>sweep</c>, an executor, a person, a webhook.</param>
/// <param name="Attempt">Attempt that it concerns, or 0.</param>
public sealed record TimelineEntry(long At, RunState State, StepKind Step, Reason Reason, string Actor, string Detail, int Attempt);

/// <summary>How far one sender has told the story.</summary>
/// <param name="Reference">The sender's own: a thread, an issue key.</param>
/// <param name="Told">Timeline entries told so far.</param>
public sealed record Telling(string Sender, string Reference, int Told);
