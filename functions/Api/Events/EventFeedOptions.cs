namespace Pipeline.Functions.Api.Events;

/// <summary>Bounds of <c>GET /api/events</c>.</summary>
public sealed record EventFeedOptions
{
    /// <summary>Listeners at once, 1 to 10,000; default 64. One more is answered 503.</summary>
    public int MaxListeners { get; init; } = 64;

    /// <summary>Shortest time between two deltas, 10 ms to 1 min; default 200 ms.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Silence after which listeners, and proxies, are told that the stream lives, 1 s to 15 s, three of which the page waits; default 15 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A listener that takes nothing for so long is dropped, 1 s to 5 min; default 30 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ended runs in a snapshot, 1 to 500; default 50.</summary>
    public int EndedRuns { get; init; } = 50;

    /// <summary>Live runs that are followed, 1 to 100,000; default 5,000. Beyond it the snapshot says <c>moreRuns</c>.</summary>
    public int MaxLiveRuns { get; init; } = 5_000;

    /// <exception cref="ArgumentException">A field is out of range.</exception>
    public void Validate()
    {
        Check(MaxListeners is >= 1 and <= 10_000, nameof(MaxListeners), "1 to 10,000");
        Check(Within(Interval, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)), nameof(Interval), "10 ms to 1 min");
        Check(Within(Heartbeat, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15)), nameof(Heartbeat), "1 s to 15 s");
        Check(Within(WriteTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)), nameof(WriteTimeout), "1 s to 5 min");
        Check(EndedRuns is >= 1 and <= Page.MaxLimit, nameof(EndedRuns), $"1 to {Page.MaxLimit}");
        Check(MaxLiveRuns is >= 1 and <= 100_000, nameof(MaxLiveRuns), "1 to 100,000");
    }

    private static bool Within(TimeSpan value, TimeSpan low, TimeSpan high) => value >= low && value <= high;

    private static void Check(bool holds, string field, string range)
    {
        if (!holds)
            throw new ArgumentException($"EventFeedOptions.{field}: must be {range}", field);
    }
}
