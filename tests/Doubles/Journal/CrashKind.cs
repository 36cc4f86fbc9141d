namespace Pipeline.TestDoubles.Journal;

/// <summary>What a crash leaves of a <see cref="FaultyLog"/>.</summary>
public enum CrashKind
{
    /// <summary>Exactly what was committed.</summary>
    Clean,

    /// <summary>What was committed and, as kill -9 may, some of what was appended after it.</summary>
    UncommittedSurvives,

    /// <summary>All but the last commit, as a disk that lies about flushing leaves it. Acknowledged entries are gone.</summary>
    LosesLastCommit,
}
