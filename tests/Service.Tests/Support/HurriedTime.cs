namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Timers and timestamps run a hundred times as fast, so that a test does not wait out a pause that no test is about.</summary>
internal sealed class HurriedTime : TimeProvider
{
    public override long TimestampFrequency => base.TimestampFrequency / 100;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => base.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    private static TimeSpan Shorter(TimeSpan span) => span > TimeSpan.Zero ? span / 100 : span;
}
