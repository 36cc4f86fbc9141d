namespace Pipeline.Benchmarks.Decide;

/// <summary>The workloads of something that places, so that any of them can be released.</summary>
/// <param name="place">Places request number n under an id; false when it finds no place.</param>
internal sealed class LiveSet(Func<ulong, int, bool> place, Action<ulong> release)
{
    private readonly Random _random = new(3);
    private readonly List<ulong> _live = [];
    private int _requests;
    private ulong _next;

    public int Count => _live.Count;

    /// <summary>Places the next request; a workload that finds no place is forgotten.</summary>
    public bool PlaceNext()
    {
        var placed = place(++_next, _requests++ & 4095);
        if (placed)
            _live.Add(_next);
        return placed;
    }

    public void ReleaseAny()
    {
        var at = _random.Next(_live.Count);
        release(_live[at]);
        _live[at] = _live[^1];
        _live.RemoveAt(_live.Count - 1);
    }

    /// <summary>
    /// Fills up until about one request in ten finds no place, then releases and places twice as often as there are workloads, so that
    /// the holes lie where this way of placing leaves them in the long run.
    /// </summary>
    public void Fill()
    {
        for (var refused = 0; refused < 100;)
            refused = PlaceNext() ? Math.Max(0, refused - 1) : refused + 9;
        for (var churn = 2 * Count; churn > 0; churn--)
        {
            ReleaseAny();
            PlaceNext();
        }
    }
}
