namespace Pipeline.Hotpath.Cluster;

/// <summary>
/// Keeps what is done again and again to a quarter of the loop's time, however long it takes: with many gangs in vain a cycle takes up to
/// seconds, and one after the other would leave nothing to anybody else. Not for several threads.
/// </summary>
internal sealed class LoopShare(TimeProvider time)
{
    private const int RestPerWork = 3;

    private long _ended;
    private TimeSpan _rest;

    /// <summary>How long it has to rest from now on.</summary>
    public TimeSpan Left => _rest - time.GetElapsedTime(_ended) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>Does it, whoever else the loop serves meanwhile.</summary>
    public async ValueTask<T> RunAsync<T>(Func<ValueTask<T>> work)
    {
        var begun = time.GetTimestamp();
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _ended = time.GetTimestamp();
            _rest = RestPerWork * time.GetElapsedTime(begun, _ended);
        }
    }
}
