namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Whether commands come one at a time. Then a caller may decide and commit its own; in company it must not, or each would wait for
/// the disk on its own where a group commit makes them wait together.
/// </summary>
/// <remarks>Written by whoever has the turn, read by anybody: a stale answer costs time, never truth.</remarks>
internal sealed class Solitude(TimeProvider time)
{
    // Clients that take turns look alone now and then; not that often in a row.
    private const int EnoughInARow = 16;

    // Several times as long as a commit: whoever shared the last one has been answered and has not come back.
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(5);

    private int _row = EnoughInARow;
    private long _last;

    public bool IsLasting(long now)
        => Volatile.Read(ref _row) >= EnoughInARow || time.GetElapsedTime(Volatile.Read(ref _last), now) >= LongPause;

    /// <param name="alone">The batch had one command, and nobody was waiting for the disk.</param>
    /// <param name="now">See <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void Note(bool alone, long now)
    {
        Volatile.Write(ref _row, alone ? Math.Min(_row + 1, EnoughInARow) : 0);
        Volatile.Write(ref _last, now);
    }
}
