using Pipeline.Hotpath.Loop;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Hotpath.Tests.Loop;

public sealed class SolitudeTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void It_lasts_until_there_is_company()
    {
        var solitude = new Solitude(_time);
        Assert.True(solitude.IsLasting(_time.GetTimestamp()));
        Note(solitude, alone: true);
        Assert.True(solitude.IsLasting(_time.GetTimestamp()));
        Note(solitude, alone: false);
        Assert.False(solitude.IsLasting(_time.GetTimestamp()));
    }

    [Fact]
    public void After_company_it_takes_sixteen_alone_in_a_row()
    {
        var solitude = new Solitude(_time);
        Note(solitude, alone: false);
        for (var i = 1; i < 16; i++)
            Note(solitude, alone: true);
        Assert.False(solitude.IsLasting(_time.GetTimestamp()));
        Note(solitude, alone: true);
        Assert.True(solitude.IsLasting(_time.GetTimestamp()));
        Note(solitude, alone: false);
        Note(solitude, alone: true);
        Assert.False(solitude.IsLasting(_time.GetTimestamp()));
    }

    [Fact]
    public void A_pause_of_five_milliseconds_ends_company()
    {
        var solitude = new Solitude(_time);
        Note(solitude, alone: false);
        _time.Advance(TimeSpan.FromMilliseconds(4.9));
        Assert.False(solitude.IsLasting(_time.GetTimestamp()));
        _time.Advance(TimeSpan.FromMilliseconds(0.1));
        Assert.True(solitude.IsLasting(_time.GetTimestamp()));
    }

    private void Note(Solitude solitude, bool alone) => solitude.Note(alone, _time.GetTimestamp());
}
