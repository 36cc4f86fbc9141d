using Pipeline.Functions.Hosting.Queues;
using Pipeline.Journal;

namespace Pipeline.Functions.Tests.Hosting.Queues;

public sealed class EmbeddedQueueTests
{
    private const string Steps = QueueFixture.Steps;

    [Fact]
    public async Task A_received_message_is_hidden_until_its_lease_ends()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        Assert.Equal("a", fixture.MustReceive().Body);
        fixture.Advance(29.999);
        Assert.Null(fixture.Receive());
        fixture.Advance(0.001);
        var again = fixture.MustReceive();
        Assert.Equal("a", again.Body);
        Assert.Equal(2, again.DequeueCount);
    }

    [Fact]
    public async Task A_renewed_message_stays_hidden()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        var held = fixture.MustReceive();
        fixture.Advance(20);
        Assert.True(fixture.Queue.Renew(held, QueueFixture.Lease));
        fixture.Advance(29);
        Assert.Null(fixture.Receive());
        Assert.True(fixture.Queue.Delete(held));
        Assert.Equal(0, fixture.Queue.Count(Steps));
    }

    [Fact]
    public async Task A_released_message_comes_back_after_its_delay_with_its_count()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        Assert.True(fixture.Queue.Release(fixture.MustReceive(), TimeSpan.FromSeconds(2)));
        fixture.Advance(1.999);
        Assert.Null(fixture.Receive());
        fixture.Advance(0.001);
        Assert.Equal(2, fixture.MustReceive().DequeueCount);
    }

    [Fact]
    public async Task A_stale_receipt_changes_nothing()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        var stale = fixture.MustReceive();
        fixture.Advance(30);
        var held = fixture.MustReceive();
        Assert.False(fixture.Queue.Delete(stale));
        Assert.False(fixture.Queue.Renew(stale, TimeSpan.FromHours(1)));
        Assert.False(fixture.Queue.Release(stale, TimeSpan.Zero));
        Assert.False(fixture.Queue.Poison(stale));
        Assert.Null(fixture.Receive());
        Assert.True(fixture.Queue.Delete(held));
        Assert.False(fixture.Queue.Delete(held));
    }

    [Fact]
    public async Task A_receipt_outlives_its_lease_while_nobody_else_took_the_message()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a");
        var held = fixture.MustReceive();
        fixture.Advance(31);
        Assert.True(fixture.Queue.Delete(held));
        Assert.Null(fixture.Receive());
    }

    [Fact]
    public async Task Messages_are_received_in_the_order_in_which_they_become_visible()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("late", 3);
        await fixture.SendAsync("first");
        await fixture.SendAsync("soon", 1);
        await fixture.SendAsync("second");
        fixture.Advance(3);
        Assert.Equal(["first", "second", "soon", "late"], Enumerable.Range(0, 4).Select(_ => fixture.MustReceive().Body));
        Assert.Null(fixture.Receive());
    }

    [Fact]
    public async Task Queues_do_not_see_each_others_messages()
    {
        await using var fixture = new QueueFixture();
        await fixture.Queue.SendAsync("notifications", "n", TimeSpan.Zero, CancellationToken.None);
        Assert.Null(fixture.Receive());
        Assert.Equal("n", fixture.Queue.TryReceive("notifications", QueueFixture.Lease)?.Body);
    }

    [Fact]
    public async Task A_poisoned_message_moves_to_the_poison_queue_and_can_be_listed_and_read_there()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("bad");
        Assert.True(fixture.Queue.Poison(fixture.MustReceive()));
        Assert.Equal(0, fixture.Queue.Count(Steps));
        Assert.Equal([KeyValuePair.Create("steps-poison", 1)], fixture.Queue.Counts());
        Assert.Equal("bad", Assert.Single(fixture.Queue.List("steps-poison", 10)).Body);
        Assert.Equal(1, fixture.Queue.TryReceive("steps-poison", QueueFixture.Lease)?.DequeueCount);
    }

    [Fact]
    public async Task A_full_poison_queue_drops_its_oldest_message_and_says_so()
    {
        await using var fixture = new QueueFixture(new EmbeddedQueueOptions { MaxPoisonMessages = 2 });
        var dropped = new List<string>();
        fixture.Queue.PoisonDropped = dropped.Add;
        foreach (var message in new[] { "a", "b", "c" })
        {
            await fixture.SendAsync(message);
            Assert.True(fixture.Queue.Poison(fixture.MustReceive()));
        }

        Assert.Equal(["b", "c"], fixture.Queue.List("steps-poison", 10).Select(m => m.Body).Order());
        Assert.Equal(["steps-poison"], dropped);
    }

    [Fact]
    public async Task A_send_beyond_the_bounds_is_refused_and_takes_nothing()
    {
        await using var fixture = new QueueFixture(new EmbeddedQueueOptions { MaxMessages = 2, MaxBytes = 65_536 });
        await fixture.SendAsync(new string('x', 65_000));
        var bytes = await Assert.ThrowsAsync<QueueFullException>(() => fixture.SendAsync(new string('x', 537)));
        Assert.Contains("MaxBytes", bytes.Message);
        await fixture.SendAsync("b");
        var count = await Assert.ThrowsAsync<QueueFullException>(() => fixture.SendAsync("c"));
        Assert.Contains("MaxMessages", count.Message);
        Assert.Equal(2, fixture.Queue.Count(Steps));
        Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        await fixture.SendAsync("c");
    }

    [Theory]
    [InlineData("st", "a", 0, "queue name")]
    [InlineData("Steps", "a", 0, "queue name")]
    [InlineData("-steps", "a", 0, "queue name")]
    [InlineData("ste--ps", "a", 0, "queue name")]
    [InlineData("a-name-that-leaves-no-room-for-the-suffix-of-its-poison-queue", "a", 0, "queue name")]
    [InlineData("steps", "a", -1, "delay")]
    [InlineData("steps", "a", 604_801, "delay")]
    public async Task A_bad_send_names_what_is_wrong(string queue, string message, int delaySeconds, string named)
    {
        await using var fixture = new QueueFixture();
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => fixture.Queue.SendAsync(queue, message, TimeSpan.FromSeconds(delaySeconds), CancellationToken.None));
        Assert.Contains(named, error.Message);
        Assert.Empty(fixture.Queue.Counts());
    }

    [Fact]
    public async Task A_message_that_is_no_text_is_refused()
    {
        await using var fixture = new QueueFixture();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => fixture.SendAsync("half a pair: " + '\ud800'));
        Assert.Contains("surrogate", error.Message);
    }

    [Fact]
    public async Task A_message_of_64_KiB_is_taken_and_one_byte_more_is_not()
    {
        await using var fixture = new QueueFixture();
        var largest = new string('é', 32 * 1024);
        await fixture.SendAsync(largest);
        Assert.Equal(largest, fixture.MustReceive().Body);
        await Assert.ThrowsAsync<ArgumentException>(() => fixture.SendAsync(largest + "x"));
    }

    [Fact]
    public async Task A_send_returns_only_after_the_commit()
    {
        await using var fixture = new QueueFixture(log: new MemoryLog { Manual = true });
        var send = fixture.SendAsync("a");
        Assert.False(send.IsCompleted);
        fixture.Log.Commit();
        await send;
    }

    [Fact]
    public async Task A_failed_log_refuses_sends_and_lets_received_messages_finish()
    {
        await using var fixture = new QueueFixture(log: new MemoryLog { Manual = true });
        var first = fixture.SendAsync("a");
        fixture.Log.Commit();
        await first;
        var waiting = fixture.SendAsync("b");
        fixture.Log.Fail();
        await Assert.ThrowsAsync<JournalFailedException>(() => waiting);
        await Assert.ThrowsAsync<JournalFailedException>(() => fixture.SendAsync("c"));
        Assert.True(fixture.Queue.Delete(fixture.MustReceive()));
        Assert.Equal(1, fixture.Queue.Count(Steps));
    }

    [Fact]
    public async Task A_waiting_reader_wakes_at_once_when_a_message_is_sent()
    {
        await using var fixture = new QueueFixture();
        var wait = fixture.Queue.WaitAsync(Steps, TimeSpan.FromHours(1), CancellationToken.None);
        Assert.False(wait.IsCompleted);
        await fixture.SendAsync("a");
        await wait;
        Assert.NotNull(fixture.Receive());
    }

    [Fact]
    public async Task A_waiting_reader_wakes_when_a_delayed_message_becomes_visible()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a", 10);
        var wait = fixture.Queue.WaitAsync(Steps, TimeSpan.FromHours(1), CancellationToken.None);
        fixture.Advance(9.999);
        Assert.False(wait.IsCompleted);
        fixture.Advance(0.001);
        await wait;
        Assert.NotNull(fixture.Receive());
    }

    [Fact]
    public async Task A_clock_that_was_set_delays_a_message_no_longer_than_the_longest_wait()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("a", 3600);
        var wait = fixture.Queue.WaitAsync(Steps, TimeSpan.FromSeconds(2), CancellationToken.None);
        fixture.Time.Set(fixture.Time.GetUtcNow() + TimeSpan.FromHours(2));
        fixture.Advance(2);
        await wait;
        Assert.NotNull(fixture.Receive());
    }

    [Fact]
    public async Task A_clock_that_is_set_back_holds_no_message_up()
    {
        await using var fixture = new QueueFixture();
        await fixture.SendAsync("now");
        await fixture.SendAsync("later", 10);
        fixture.Time.Set(fixture.Time.GetUtcNow() - TimeSpan.FromHours(1));
        Assert.Equal("now", fixture.Receive()?.Body);

        fixture.Advance(20);
        Assert.Equal("later", fixture.Receive()?.Body);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        await using var fixture = new QueueFixture();
        using var cancellation = new CancellationTokenSource();
        var wait = fixture.Queue.WaitAsync(Steps, TimeSpan.FromHours(1), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Theory]
    [InlineData(nameof(EmbeddedQueueOptions.MaxMessages))]
    [InlineData(nameof(EmbeddedQueueOptions.MaxBytes))]
    [InlineData(nameof(EmbeddedQueueOptions.MaxPoisonMessages))]
    [InlineData(nameof(EmbeddedQueueOptions.SlackBytes))]
    [InlineData(nameof(EmbeddedQueueOptions.CommitDelay))]
    public void An_option_out_of_range_is_named(string field)
    {
        var bad = field switch
        {
            nameof(EmbeddedQueueOptions.MaxMessages) => new EmbeddedQueueOptions { MaxMessages = 0 },
            nameof(EmbeddedQueueOptions.MaxBytes) => new EmbeddedQueueOptions { MaxBytes = 1 },
            nameof(EmbeddedQueueOptions.MaxPoisonMessages) => new EmbeddedQueueOptions { MaxPoisonMessages = 0 },
            nameof(EmbeddedQueueOptions.SlackBytes) => new EmbeddedQueueOptions { SlackBytes = 1 },
            _ => new EmbeddedQueueOptions { CommitDelay = TimeSpan.Zero },
        };
        Assert.Contains(field, Assert.Throws<ArgumentException>(() => bad.Validated()).Message);
    }
}
