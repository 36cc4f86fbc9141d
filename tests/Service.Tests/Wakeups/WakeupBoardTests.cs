using System.Collections.Concurrent;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Wakeups;

namespace Pipeline.Hotpath.Tests.Wakeups;

public class WakeupBoardTests
{
    private readonly WakeupBoard _board = new();

    [Fact]
    public async Task A_wakeup_that_nobody_takes_fails_so_that_the_sweep_repeats_it()
    {
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => _board.TellAsync("r-1", TimeSpan.Zero, default));
        using var gone = new CancellationTokenSource();
        var follower = await FollowAsync(gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower.Ended);
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => _board.TellAsync("r-1", TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Each_wakeup_goes_to_one_follower_and_all_have_their_turn()
    {
        using var stop = new CancellationTokenSource();
        var followers = new[] { await FollowAsync(stop.Token), await FollowAsync(stop.Token) };
        for (var i = 0; i < 10; i++)
            await _board.EnqueueStepAsync(new StepMessage { Run = "r-1", Step = StepKind.Reboot, Attempt = i }, TimeSpan.FromSeconds(i), default);
        foreach (var follower in followers)
            await follower.TakenAsync(5);
        var attempts = followers.SelectMany(follower => follower.Taken).Select(wakeup => (wakeup.Step.Attempt, wakeup.Delay)).Order();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (i, i * 1_000L)), attempts);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task A_follower_that_takes_nothing_is_passed_over_once_it_is_full_and_nothing_waits_for_it()
    {
        using var stop = new CancellationTokenSource();
        var stuck = new TaskCompletionSource();
        var joined = new TaskCompletionSource();
        _ = _board.FollowAsync(
            wakeup =>
            {
                joined.TrySetResult();
                return new ValueTask(wakeup.Tell.Length == 0 ? Task.CompletedTask : stuck.Task);
            },
            stop.Token);
        await joined.Task;
        var given = 0;
        var refused = await Assert.ThrowsAsync<HotpathUnavailableException>(async () =>
        {
            for (; given < 100_000; given++)
                await _board.TellAsync($"r-{given}", TimeSpan.Zero, default);
        });
        Assert.Contains("No functions", refused.Message, StringComparison.Ordinal);
        // One may be in the follower's hands beside those that wait.
        Assert.InRange(given, 4096, 4097);

        var follower = await FollowAsync(stop.Token);
        await _board.TellAsync("r-last", TimeSpan.Zero, default);
        await follower.TakenAsync(1);
        stuck.SetResult();
        await stop.CancelAsync();
    }

    private async Task<Follower> FollowAsync(CancellationToken cancellation)
    {
        var follower = new Follower();
        follower.Ended = _board.FollowAsync(follower.TakeAsync, cancellation);
        await follower.Joined.Task;
        return follower;
    }

    private sealed class Follower
    {
        private readonly SemaphoreSlim _more = new(0);

        public TaskCompletionSource Joined { get; } = new();

        public ConcurrentQueue<Wakeup> Taken { get; } = new();

        public Task Ended { get; set; } = Task.CompletedTask;

        public ValueTask TakeAsync(Wakeup wakeup)
        {
            if (wakeup.Step is null && wakeup.Tell.Length == 0)
            {
                Joined.SetResult();
                return ValueTask.CompletedTask;
            }

            Taken.Enqueue(wakeup);
            _more.Release();
            return ValueTask.CompletedTask;
        }

        public async Task TakenAsync(int count)
        {
            for (var i = 0; i < count; i++)
                await _more.WaitAsync();
        }
    }
}
