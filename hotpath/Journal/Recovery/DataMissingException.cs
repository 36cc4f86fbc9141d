namespace Pipeline.Journal;

/// <summary>
/// Acknowledged data are gone, or it cannot be told whether they are. Nothing was changed on disk. The message lists
/// <see cref="Problems"/> and says how to go on.
/// </summary>
public sealed class DataMissingException(string directory, IReadOnlyList<string> problems, IReadOnlyList<SequenceRange> lost)
    : IOException(
        $"The data in '{directory}' are not complete:{Environment.NewLine}"
        + string.Concat(problems.Select(p => $"  - {p}{Environment.NewLine}"))
        + "Put the missing files back, or start with --accept-loss to go on with what is there; "
        + "damaged files are then moved aside, not deleted.")
{
    /// <summary>One sentence each, naming files and sequence ranges.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;

    /// <summary>Sequences known to be gone; empty when that cannot be told.</summary>
    public IReadOnlyList<SequenceRange> Lost { get; } = lost;
}
