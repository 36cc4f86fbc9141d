using System.Collections.Immutable;
using Pipeline.Functions.Notify;
using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify;

public sealed class RetryBookTests
{
    private readonly ManualClock _clock = new();
    private readonly RetryBook _book;

    public RetryBookTests() => _book = new RetryBook(_clock);

    [Fact]
    public void A_retry_that_is_already_queued_is_not_queued_again()
    {
        Assert.True(_book.Note("r-1", Waits(30), In(30)));
        Assert.False(_book.Note("r-1", Waits(30), In(30)));
        Assert.False(_book.Note("r-1", Waits(60), In(60)));
    }

    [Fact]
    public void An_earlier_need_is_queued()
    {
        Assert.True(_book.Note("r-1", Waits(30), In(30)));
        Assert.True(_book.Note("r-1", Waits(5), In(5)));
    }

    [Fact]
    public void A_retry_whose_time_has_come_covers_nothing_more()
    {
        _book.Note("r-1", Waits(30), In(30));
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True(_book.Note("r-1", Waits(60), In(60)));
    }

    [Fact]
    public void The_latest_waits_hold_over_those_of_the_message()
    {
        var carried = new Notification("r-1", 0, Waits(1));
        Assert.Equal(carried.Waits.AsEnumerable(), _book.Waits(carried));

        var latest = Waits(60);
        _book.Note("r-1", latest, In(60));
        Assert.Equal(latest, _book.Waits(carried));
    }

    [Fact]
    public void The_book_is_bounded_and_forgets_the_oldest()
    {
        for (var run = 0; run <= NotifyLimits.Remembered; run++)
            _book.Note($"r-{run}", Waits(30), In(30));

        Assert.True(_book.Note("r-0", Waits(30), In(30)));
        Assert.False(_book.Note($"r-{NotifyLimits.Remembered}", Waits(30), In(30)));
    }

    private long In(int seconds) => _book.Now + seconds * 1000;

    private ImmutableArray<SenderWait> Waits(int seconds) => [new SenderWait("slack", 1, In(seconds))];
}
