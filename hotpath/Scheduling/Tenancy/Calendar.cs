namespace Pipeline.Scheduling.Tenancy;

/// <summary>Calendar months in UTC, counted from year 0. Remembers the last one it was asked about, since the next question is about the same.</summary>
internal sealed class Calendar
{
    private int _month;
    private long _start;
    private long _end;

    public int MonthOf(long unixMilliseconds)
    {
        Turn(unixMilliseconds);
        return _month;
    }

    /// <summary>Unix milliseconds of the month's beginning.</summary>
    public long StartOf(long unixMilliseconds)
    {
        Turn(unixMilliseconds);
        return _start;
    }

    private void Turn(long unixMilliseconds)
    {
        if (unixMilliseconds >= _start && unixMilliseconds < _end)
            return;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);
        var start = new DateTimeOffset(at.Year, at.Month, 1, 0, 0, 0, TimeSpan.Zero);
        _month = at.Year * 12 + at.Month - 1;
        _start = start.ToUnixTimeMilliseconds();
        _end = start.AddMonths(1).ToUnixTimeMilliseconds();
    }
}
