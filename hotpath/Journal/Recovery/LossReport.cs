namespace Pipeline.Journal;

/// <summary>What was given up when the data were opened with loss accepted.</summary>
/// <param name="Problems">One sentence each, naming files and sequence ranges.</param>
/// <param name="Lost">Sequences known to be gone; empty when that cannot be told.</param>
/// <param name="MovedAside">Where the damaged files are now.</param>
public sealed record LossReport(IReadOnlyList<string> Problems, IReadOnlyList<SequenceRange> Lost, IReadOnlyList<string> MovedAside);
