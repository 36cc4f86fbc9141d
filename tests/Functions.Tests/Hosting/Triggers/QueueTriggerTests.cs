using System.Threading.Channels;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Tests.Hosting.Triggers;

public sealed class QueueTriggerTests
{
    private readonly Channel<TriggerContext> _called = Channel.CreateUnbounded<TriggerContext>();

    private ValueTask<TriggerContext> CalledAsync() => _called.Reader.ReadAsync(new CancellationTokenSource(HostFixture.Patience).Token);

    private HostFixture Fixture(Func<TriggerContext, CancellationToken, Task> handler, EmbeddedHostOptions? options = null, string queues = "", bool manual = false)
    {
        var fixture = new HostFixture(manual) { Options = options ?? new EmbeddedHostOptions() };
        fixture.Root
            .WriteHost(
                """{"version":"2.0","functionTimeout":"00:10:00","extensions":{"queues":{"visibilityTimeout":"00:00:02"QUEUES}}}"""
                    .Replace("QUEUES", queues, StringComparison.Ordinal))
            .AddQueue("Steps", "steps");
        fixture.Registry.AddQueue("Steps", async (context, message, token) =>
        {
            _called.Writer.TryWrite(context);
            await handler(context, token);
        });
        return fixture;
    }

    [Fact]
    public async Task A_message_is_handled_without_moving_the_clock_and_then_gone()
    {
        await using var fixture = Fixture((_, _) => Task.CompletedTask);
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        Assert.Equal(1, (await CalledAsync()).DequeueCount);
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 0, "the message is deleted");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_is_handled_when_a_crash_would_leave_it_in_the_queue_or_no_message_any_more(bool fails)
    {
        HostFixture? host = null;
        var (kept, failed) = (0L, false);
        await using var fixture = host = Fixture(
            (_, _) =>
            {
                (kept, failed) = (host!.Log.CommittedSequence, host.Log.Failure is not null);
                return Task.CompletedTask;
            },
            manual: true);
        await fixture.StartAsync();
        var sent = fixture.SendAsync("a");
        await HostFixture.UntilAsync(() => fixture.Log.EntryCount == 2, "the message is taken");
        if (fails)
            fixture.Log.Fail();
        else
            fixture.Log.Commit();

        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 0, "the message is handled");
        Assert.Equal((fails ? 0L : 2L, fails), (kept, failed));
        await sent.ContinueWith(ended => Assert.Equal(fails, ended.IsFaulted), TaskScheduler.Default);
    }

    [Fact]
    public async Task A_worker_that_dies_is_told_although_others_still_wait()
    {
        var handled = new TaskCompletionSource();
        await using var fixture = Fixture((_, _) => handled.Task);
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        await CalledAsync();
        Assert.Null(fixture.Host.NotReadyReason);
        // The worker comes back from its message to a queue that throws.
        await fixture.Queue.DisposeAsync();
        handled.SetResult();
        await fixture.Host.Died.WaitAsync(HostFixture.Patience);
        Assert.Equal("the function Steps is not run any more", fixture.Host.NotReadyReason);
    }

    [Fact]
    public async Task A_failure_is_tried_again_after_the_visibility_timeout_and_ends_in_the_poison_queue()
    {
        await using var fixture = Fixture((_, _) => throw new InvalidOperationException("no"), queues: ",\"maxDequeueCount\":3");
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(attempt, (await CalledAsync()).DequeueCount);
            if (attempt < 3)
            {
                await fixture.Time.WhenTimerIsSetFor(fixture.Time.GetUtcNow() + TimeSpan.FromSeconds(2)).WaitAsync(HostFixture.Patience);
                fixture.Time.Advance(TimeSpan.FromSeconds(2));
            }
        }

        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps-poison") == 1, "the message is poisoned");
        Assert.Equal(0, fixture.Queue.Count("steps"));
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_message_whose_deliveries_never_ended_is_poisoned_without_another_one()
    {
        await using var fixture = Fixture((_, _) => Task.CompletedTask, queues: ",\"maxDequeueCount\":1");
        await fixture.SendAsync("kills the process");
        Assert.NotNull(fixture.Queue.TryReceive("steps", TimeSpan.FromSeconds(1)));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.StartAsync();
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps-poison") == 1, "the message is poisoned");
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_running_message_stays_hidden_however_long_it_takes()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var fixture = Fixture((_, _) => gate.Task, new EmbeddedHostOptions { Lease = TimeSpan.FromSeconds(10) });
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        await CalledAsync();
        for (var i = 0; i < 10; i++)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(9));
            Assert.Null(fixture.Queue.TryReceive("steps", TimeSpan.FromSeconds(1)));
        }

        gate.SetResult();
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 0, "the message is deleted");
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public async Task No_more_run_at_once_than_batch_size_and_threshold_allow()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = 0;
        var most = 0;
        await using var fixture = Fixture(
            async (_, _) =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await gate.Task;
                Interlocked.Decrement(ref running);
            },
            queues: ",\"batchSize\":2,\"newBatchThreshold\":1");
        for (var i = 0; i < 10; i++)
            await fixture.SendAsync($"{i}");
        await fixture.StartAsync();
        await CalledAsync();
        await CalledAsync();
        await CalledAsync();
        await HostFixture.UntilAsync(() => Volatile.Read(ref running) == 3, "three run");
        Assert.False(_called.Reader.TryRead(out _));
        gate.SetResult();
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 0, "all are handled");
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task The_function_timeout_cancels_and_counts_as_a_failure()
    {
        await using var fixture = Fixture((context, token) => context.DequeueCount == 1 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask);
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        await CalledAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        await fixture.Time.WhenTimerIsSetFor(fixture.Time.GetUtcNow() + TimeSpan.FromSeconds(2)).WaitAsync(HostFixture.Patience);
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, (await CalledAsync()).DequeueCount);
    }

    [Fact]
    public async Task A_handler_that_ignores_its_timeout_does_not_keep_the_message()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var fixture = Fixture((context, _) => context.DequeueCount == 1 ? gate.Task : Task.CompletedTask);
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        await CalledAsync();
        fixture.Time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(2, (await CalledAsync()).DequeueCount);
        gate.SetResult();
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 0, "the second delivery deletes the message");
    }

    [Fact]
    public async Task A_stop_takes_no_more_and_waits_for_what_runs()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Of several, one that has found no stop yet may still take what comes after it.
        await using var fixture = Fixture((_, _) => gate.Task, queues: ""","batchSize":1,"newBatchThreshold":0""");
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        await CalledAsync();
        var stop = fixture.Host.StopAsync(CancellationToken.None);
        await fixture.SendAsync("b");
        Assert.False(stop.IsCompleted);
        gate.SetResult();
        await stop.WaitAsync(HostFixture.Patience);
        Assert.Equal("b", Assert.Single(fixture.Queue.List("steps", 10)).Body);
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_stop_cancels_after_its_bound_and_gives_the_message_back_at_once()
    {
        await using var fixture = Fixture((_, token) => Task.Delay(Timeout.Infinite, token));
        await fixture.StartAsync();
        await fixture.SendAsync("a");
        await CalledAsync();
        var stop = fixture.Host.StopAsync(CancellationToken.None);
        await fixture.Time.WhenTimerIsSetFor(fixture.Time.GetUtcNow() + fixture.Options.StopTimeout).WaitAsync(HostFixture.Patience);
        fixture.Time.Advance(fixture.Options.StopTimeout);
        await stop.WaitAsync(HostFixture.Patience);
        Assert.Equal("a", fixture.Queue.TryReceive("steps", TimeSpan.FromSeconds(1))?.Body);
    }

    [Fact]
    public async Task A_handler_that_blocks_before_its_first_await_holds_up_nobody_else()
    {
        using var gate = new ManualResetEventSlim();
        await using var fixture = Fixture((context, _) =>
        {
            if (context.InvocationId.StartsWith("1-", StringComparison.Ordinal))
                gate.Wait(HostFixture.Patience);
            return Task.CompletedTask;
        });
        await fixture.StartAsync();
        await fixture.SendAsync("blocks");
        await CalledAsync();
        await fixture.SendAsync("b");
        await CalledAsync();
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 1, "the second message is handled");
        gate.Set();
        await HostFixture.UntilAsync(() => fixture.Queue.Count("steps") == 0, "the first message is handled");
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
