using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Functions.Composition;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Composition;

public class HotpathLinkTests
{
    [Fact]
    public async Task It_begins_once_and_the_policy_is_given_before_each_following_and_trouble_is_told_in_between()
    {
        var time = new FakeTimeProvider();
        using var stop = new CancellationTokenSource();
        var (begins, policies, followings) = (0, 0, 0);
        var stream = new TaskCompletionSource();
        var joined = new SemaphoreSlim(0);
        var link = new HotpathLink(
            _ => begins++ == 0 ? throw new HotpathUnavailableException("far away", TimeSpan.Zero) : Task.CompletedTask,
            _ => policies++ == 0 ? throw new HotpathUnavailableException("not there", TimeSpan.Zero) : Task.CompletedTask,
            (join, token) =>
            {
                // Taken before the test goes on, which then puts another in its place.
                var mine = stream;
                followings++;
                join();
                joined.Release();
                return mine.Task.WaitAsync(token);
            },
            new Uri("http://127.0.0.1:1"), time, NullLogger.Instance);
        Assert.Contains("policy", link.Trouble, StringComparison.Ordinal);

        var running = link.RunAsync(stop.Token);
        var retry = time.WhenTimerIsSetFor(time.GetUtcNow() + TimeSpan.FromSeconds(2));
        Assert.Equal(("far away", 1, 0, 0), (link.Trouble, begins, policies, followings));
        time.Advance(TimeSpan.FromSeconds(1));
        await retry;
        Assert.Equal(("not there", 2, 1, 0), (link.Trouble, begins, policies, followings));
        time.Advance(TimeSpan.FromSeconds(1));
        await joined.WaitAsync();
        Assert.Equal((null, 2, 2, 1), (link.Trouble, begins, policies, followings));

        var broken = stream;
        stream = new TaskCompletionSource();
        retry = time.WhenTimerIsSetFor(time.GetUtcNow() + TimeSpan.FromSeconds(1));
        broken.SetException(new HotpathUnavailableException("it broke", TimeSpan.Zero));
        await retry;
        Assert.Equal("it broke", link.Trouble);
        time.Advance(TimeSpan.FromSeconds(1));
        await joined.WaitAsync();
        Assert.Equal((null, 2, 3, 2), (link.Trouble, begins, policies, followings));

        await stop.CancelAsync();
        await running;
    }
}
