namespace Pipeline.Contracts;

/// <summary>
/// A clock that never goes back and never stands still, for deadlines that outlive a process. It follows the machine's clock, but when
/// somebody has set that back, time goes on from where it was, a little slower until the machine's has caught up. For one thread at a time.
/// </summary>
/// <param name="last">The latest time that was told before, by whatever process.</param>
public sealed class SteadyClock(TimeProvider time, DateTimeOffset last)
{
    // An eighth slower is nothing that a deadline cares about, and makes up for an hour within a working day.
    private const int Slower = 8;

    private DateTimeOffset _now = last;
    private (DateTimeOffset Time, long Stamp)? _ahead;

    public DateTimeOffset UtcNow()
    {
        var clock = time.GetUtcNow();
        if (clock >= _now)
        {
            _ahead = null;
            return _now = clock;
        }

        var since = _ahead ??= (_now, time.GetTimestamp());
        var elapsed = time.GetElapsedTime(since.Stamp);
        var steady = since.Time + elapsed - elapsed / Slower;
        return _now = steady > clock ? steady : clock;
    }
}
