namespace Pipeline.Functions.Notify.Slack;

/// <summary>Keeps calls an interval apart, in the order in which they asked.</summary>
/// <param name="patience">Longest wait that is granted; whoever would wait longer is told to come back.</param>
internal sealed class Pace(TimeSpan interval, TimeSpan patience, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Takes the next slot. Wait that long, then call. False: the slot is further away than anybody waits, and none was taken.</summary>
    public bool TryTake(out TimeSpan wait)
    {
        lock (_gate)
        {
            var now = time.GetElapsedTime(_origin);
            wait = _free > now ? _free - now : TimeSpan.Zero;
            if (wait > patience)
                return false;
            _free = now + wait + interval;
            return true;
        }
    }

    /// <summary>No slot before this time is over.</summary>
    public void Hold(TimeSpan hold)
    {
        lock (_gate)
        {
            var until = time.GetElapsedTime(_origin) + hold;
            if (until > _free)
                _free = until;
        }
    }
}
