namespace Pipeline.Scheduling.Repair;

/// <summary>An alert as it was received, and what became of it. Every alert that is no duplicate has one.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Run">Run id, or empty.</param>
/// <param name="Truncated">Alerts that the sender left out of the same notification.</param>
public sealed record AlertRecord(long Number, long At, string Source, AlertSignal Alert, AlertOutcome Outcome, string Run, int Truncated);

/// <summary>Names an episode of an alert.</summary>
public readonly record struct EpisodeKey(string Fingerprint, long StartsAt);

/// <summary>What is known of an episode: enough to recognise a duplicate.</summary>
/// <param name="Number">Counted from 1; names the episode in the checkpoint.</param>
/// <param name="Seen">Order in which episodes were last seen; the smallest is forgotten first.</param>
/// <param name="Run">Number of the run that answers for it, or 0.</param>
public sealed record Episode(long Number, EpisodeKey Key, long Seen, bool Firing, bool Resolved, long Run);

/// <summary>XIDs seen lately on a node, oldest first.</summary>
public sealed record NodeHistory(System.Collections.Immutable.ImmutableArray<SeenXid> Seen)
{
    public static NodeHistory Empty { get; } = new([]);
}

/// <param name="At">Unix milliseconds.</param>
public sealed record SeenXid(int Xid, long At);
