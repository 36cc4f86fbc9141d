using Pipeline.Functions.Api.Events;

namespace Pipeline.Functions.Tests.Api;

public sealed class EventFeedOptionsTests
{
    public static TheoryData<EventFeedOptions, string> OutOfRange => new()
    {
        { new EventFeedOptions { MaxListeners = 0 }, nameof(EventFeedOptions.MaxListeners) },
        { new EventFeedOptions { Interval = TimeSpan.Zero }, nameof(EventFeedOptions.Interval) },
        { new EventFeedOptions { Heartbeat = TimeSpan.FromHours(1) }, nameof(EventFeedOptions.Heartbeat) },
        { new EventFeedOptions { WriteTimeout = TimeSpan.FromMilliseconds(1) }, nameof(EventFeedOptions.WriteTimeout) },
        { new EventFeedOptions { EndedRuns = 501 }, nameof(EventFeedOptions.EndedRuns) },
        { new EventFeedOptions { MaxLiveRuns = 0 }, nameof(EventFeedOptions.MaxLiveRuns) },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void An_option_out_of_range_is_named(EventFeedOptions options, string field)
    {
        var error = Assert.Throws<ArgumentException>(options.Validate);
        Assert.Contains(field, error.Message);
    }

    [Fact]
    public void The_defaults_are_in_range() => new EventFeedOptions().Validate();
}
