namespace Pipeline.Hotpath.Cluster;

/// <summary>Lets one of many alike through in a while: what refuses one call mostly refuses all, and each is tried again.</summary>
internal sealed class Pace(TimeProvider time, TimeSpan every)
{
    private readonly Lock _gate = new();
    private long? _last;

    public bool IsDue()
    {
        lock (_gate)
        {
            if (_last is { } last && time.GetElapsedTime(last) < every)
                return false;
            _last = time.GetTimestamp();
            return true;
        }
    }
}
