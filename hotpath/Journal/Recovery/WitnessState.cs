namespace Pipeline.Journal;

/// <summary>What the witness remembers. Sequences are lower bounds of the truth; see <see cref="Witness"/>.</summary>
/// <param name="LogId">Random id of the log that the figures belong to.</param>
/// <param name="Committed">Last sequence known to be on disk.</param>
/// <param name="First">First sequence that the log was told to keep; 1 on a new log.</param>
/// <param name="Checkpoint">Sequence that the last completed checkpoint of the store covers; 0 when there is none.</param>
/// <param name="Records">Records in the store at that checkpoint.</param>
public readonly record struct WitnessState(ulong LogId, long Committed, long First, long Checkpoint, long Records);
