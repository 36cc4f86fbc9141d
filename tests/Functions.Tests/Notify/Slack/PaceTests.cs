using Pipeline.Functions.Notify.Slack;
using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify.Slack;

public sealed class PaceTests
{
    private readonly ManualClock _clock = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), _clock);

    [Fact]
    public void Callers_are_kept_an_interval_apart_up_to_the_patience()
    {
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(_ => Take()));
        Assert.False(_pace.TryTake(out var wait));
        Assert.Equal(TimeSpan.FromSeconds(3), wait);
    }

    [Fact]
    public void A_refused_caller_takes_no_slot()
    {
        for (var i = 0; i < 3; i++)
            Take();
        Assert.False(_pace.TryTake(out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Take());
    }

    [Fact]
    public void A_hold_keeps_everybody_back_until_it_is_over()
    {
        _pace.Hold(TimeSpan.FromSeconds(30));
        Assert.False(_pace.TryTake(out var wait));
        Assert.Equal(TimeSpan.FromSeconds(30), wait);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, Take());
    }

    private double Take()
    {
        Assert.True(_pace.TryTake(out var wait));
        return wait.TotalSeconds;
    }
}
