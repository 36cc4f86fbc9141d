using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Tenancy;

/// <summary>What each project has used of the calendar month (UTC), for its track record.</summary>
internal sealed class ProjectMeters : IPagedTable<MeterPage>
{
    /// <summary>Projects of a snapshot page.</summary>
    internal const int PageSize = 8;

    private const long MostMeasured = long.MaxValue / 2;

    private readonly Calendar _calendar = new();
    private Meter[] _meters = new Meter[PageSize];
    private long[] _current = new long[PageSize];

    public DirtyPages Dirty { get; } = new(PageSize);

    /// <summary>Projects that there is room for; a multiple of the page size.</summary>
    public int Capacity => _meters.Length;

    /// <summary>Milli-GPU in use change by <paramref name="milli"/>.</summary>
    public void Change(int project, long milli, long now)
    {
        Advance(project, now);
        _current[project] += milli;
    }

    /// <summary>Measured use: of so many GPU-seconds, so many were busy.</summary>
    public void Report(int project, long gpuSeconds, long busySeconds, long now)
    {
        Advance(project, now);
        ref var meter = ref _meters[project];
        meter.MeasuredSeconds += gpuSeconds;
        meter.BusySeconds += busySeconds;
        // Halved, the share stays what it was, and the next report fits 64 bits.
        if (meter.MeasuredSeconds > MostMeasured)
            (meter.MeasuredSeconds, meter.BusySeconds) = (meter.MeasuredSeconds / 2, meter.BusySeconds / 2);
        Dirty.Mark(project);
    }

    /// <summary>GPU-milliseconds in thousandths (milli-GPU times milliseconds) used this month.</summary>
    public Int128 UsedThisMonth(int project, long now)
    {
        ref readonly var meter = ref _meters[project];
        var (since, used) = meter.Month == _calendar.MonthOf(now) ? (meter.At, meter.Used) : (_calendar.StartOf(now), Int128.Zero);
        return used + (Int128)_current[project] * (now - since);
    }

    /// <summary>Share of the measured GPU-seconds of the month that were busy, in thousandths; 0 when nothing was measured.</summary>
    public int UtilizationPermille(int project, long now)
    {
        ref readonly var meter = ref _meters[project];
        return meter.Month != _calendar.MonthOf(now) || meter.MeasuredSeconds == 0 ? 0 : (int)((Int128)meter.BusySeconds * 1000 / meter.MeasuredSeconds);
    }

    /// <summary>There are so many projects from now on.</summary>
    public void AddProjects(int projects)
    {
        var length = _meters.Length;
        while (length < projects)
            length *= 2;
        if (length == _meters.Length)
            return;
        Array.Resize(ref _meters, length);
        Array.Resize(ref _current, length);
    }

    /// <summary>A copy of the page, or null when none of its projects has used anything yet.</summary>
    public MeterPage? CopyPage(int page)
    {
        var meters = _meters.AsSpan(page * PageSize, PageSize);
        foreach (ref readonly var meter in meters)
        {
            if (meter.Month != 0)
                return new MeterPage(page, meters.ToArray());
        }
        return null;
    }

    internal ref readonly Meter this[int project] => ref _meters[project];

    /// <summary>Puts back what was there before a try that came to nothing.</summary>
    internal void Restore(int project, in Meter meter)
    {
        _meters[project] = meter;
        Dirty.Mark(project);
    }

    /// <summary>Enters what a restored workload uses; the meter has counted it already.</summary>
    internal void RestoreUse(int project, long milli) => _current[project] += milli;

    private void Advance(int project, long now)
    {
        ref var meter = ref _meters[project];
        // Of many decisions in a millisecond only the first has anything to add.
        if (meter.At == now && meter.Month != 0)
            return;
        var used = UsedThisMonth(project, now);
        var month = _calendar.MonthOf(now);
        if (meter.Month != month)
            meter = new Meter { Month = month };
        (meter.Used, meter.At) = (used, now);
        Dirty.Mark(project);
    }

    internal struct Meter
    {
        public int Month;
        public long At;
        public Int128 Used;
        public long MeasuredSeconds;
        public long BusySeconds;
    }
}
