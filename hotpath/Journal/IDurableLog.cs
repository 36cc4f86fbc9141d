namespace Pipeline.Journal;

/// <summary>
/// An append-only log with gapless sequence numbers. One thread appends; commits are grouped. The FASTER log stands behind it,
/// and in tests a log that tears, drops and fails on purpose.
/// </summary>
public interface IDurableLog : IAsyncDisposable
{
    /// <summary>First sequence number that the log still holds; 1 on a new log.</summary>
    long FirstSequence { get; }

    /// <summary>Sequence number of the last appended entry; 0 on a new log.</summary>
    long LastSequence { get; }

    /// <summary>Sequence number up to which everything is on disk.</summary>
    long CommittedSequence { get; }

    /// <summary>The error that ended the log's ability to commit, or null. A failed log takes no more entries.</summary>
    Exception? Failure { get; }

    /// <summary>The largest payload that <see cref="Append"/> takes, bytes.</summary>
    int MaxPayloadBytes => int.MaxValue;

    /// <summary>Called on the thread that commits, after each commit, with the sequence it reached. Set before the first append; must not block.</summary>
    Action<long>? Committed { get; set; }

    /// <summary>Called once, when the log can commit no more. Set before the first append; must not block.</summary>
    Action<Exception>? Failed { get; set; }

    /// <summary>Puts an entry into memory and gives it the next sequence number. Returns 0 when the log has failed.</summary>
    long Append(ReadOnlySpan<byte> payload);

    /// <summary>Asks for everything appended so far to be committed; returns at once. Requests while a commit runs share the next one.</summary>
    void RequestCommit();

    /// <summary>
    /// Commits everything appended so far on the calling thread, which spares a lone caller the switch to another one and back.
    /// Returns when it is on disk or has failed; false, at once, while another thread commits, and then <see cref="RequestCommit"/> does.
    /// </summary>
    bool TryCommit() => false;

    /// <summary>Completes when <paramref name="sequence"/> is committed; throws <see cref="JournalFailedException"/> when that can no longer happen.</summary>
    ValueTask WaitForCommitAsync(long sequence);

    /// <summary>Reads entries in order from <paramref name="fromSequence"/> to the committed end; before the first append only.</summary>
    void Replay(long fromSequence, ReplayEntry handler);

    /// <summary>Forgets entries up to and including <paramref name="sequence"/>; the disk is freed by whole segments.</summary>
    void TruncateThrough(long sequence);
}

/// <param name="payload">Valid during the call only.</param>
public delegate void ReplayEntry(long sequence, ReadOnlySpan<byte> payload);

/// <summary>The log could not make an entry durable.</summary>
public sealed class JournalFailedException(string message, Exception? inner = null) : IOException(message, inner);
