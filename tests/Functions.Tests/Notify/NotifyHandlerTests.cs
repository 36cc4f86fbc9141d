using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Notify;
using Pipeline.Functions.Tests.Hosting;
using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify;

public sealed class NotifyHandlerTests
{
    private const string Wake = """{"run":"r-0001"}""";

    [Fact]
    public async Task With_nothing_configured_the_story_is_in_the_log_once()
    {
        await using var world = await NotifyWorld.StartAsync();

        await world.TellAsync(Runs.New());
        await world.TellAsync(Runs.New().Drained().Rebooted().Escalated());
        await world.TellAsync(Runs.New().Drained().Rebooted().Escalated());

        Assert.Equal(1, world.Log.Count("left scheduling"));
        Assert.Equal(1, world.Log.Count("Reboot, attempt 2: done in 8 s"));
        var warning = Assert.Single(world.Log.Lines, line => line.Text.Contains("needs a person", StringComparison.Ordinal));
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Warning, warning.Level);
        Assert.Equal(9, world.Repair.Telling("log")!.Told);
        Assert.Empty(world.Queue.Messages);
        Assert.False(world.Repair.IsClaimed());
    }

    [Fact]
    public async Task A_run_that_nobody_knows_is_dropped()
    {
        await using var world = await NotifyWorld.StartAsync();

        await world.NewProcess().HandleAsync("""{"run":"r-9999"}""");

        Assert.Equal(1, world.Log.Count("r-9999 is unknown"));
        Assert.Empty(world.Queue.Messages);
    }

    [Fact]
    public async Task A_second_teller_waits_for_the_first_and_finds_nothing_left()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Repair.Put(Runs.New().Drained());
        var hold = world.Slack.Faults.HoldAnswer("chat.postMessage");

        var first = world.NewProcess().HandleAsync(Wake);
        await hold.Arrived;
        await world.NewProcess().HandleAsync(Wake);
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.Single(world.Queue.Messages).Delay);
        hold.Release();
        await first;
        await world.DeliverAsync();

        Assert.Single(world.Slack.Parents);
        Assert.Equal(2, world.Slack.Messages.Count);
        Assert.Empty(world.Queue.Messages);
    }

    [Fact]
    public async Task A_claim_that_a_dead_teller_left_is_outwaited()
    {
        await using var world = await NotifyWorld.StartAsync();
        world.Repair.Put(Runs.New());
        await world.Repair.ClaimTellingAsync(new ClaimTellingRequest { Run = Runs.Id, Teller = "dead", Lease = (long)NotifyLimits.Lease.TotalMilliseconds });

        await world.TellAsync(Runs.New());
        var deliveries = 0;
        for (; world.Queue.Messages.Count > 0; deliveries++)
            await world.DeliverAsync();

        Assert.InRange(deliveries, 2, NotifyLimits.ClaimTries);
        Assert.Equal(2, world.Repair.Telling("log")!.Told);
    }

    [Fact]
    public async Task Waiting_for_a_claim_ends_after_a_bounded_number_of_tries()
    {
        await using var world = await NotifyWorld.StartAsync();
        world.Repair.Put(Runs.New());
        await world.Repair.ClaimTellingAsync(new ClaimTellingRequest { Run = Runs.Id, Teller = "other", Lease = (long)TimeSpan.FromDays(1).TotalMilliseconds });

        await world.TellAsync(Runs.New());
        var deliveries = 0;
        for (; world.Queue.Messages.Count > 0; deliveries++)
            await world.DeliverAsync();

        Assert.Equal(NotifyLimits.ClaimTries, deliveries);
        Assert.Equal(1, world.Log.Count("this notification is dropped"));
    }

    [Fact]
    public async Task When_the_engine_is_away_the_message_comes_again()
    {
        await using var world = await NotifyWorld.StartAsync();
        world.Repair.BeforeClaim = () => throw new HotpathUnavailableException("queue full", TimeSpan.FromSeconds(40));

        await world.TellAsync(Runs.New());
        world.Repair.BeforeClaim = () => { };
        var message = await world.DeliverAsync();

        Assert.Equal((Wake, TimeSpan.FromSeconds(40)), (message.Text, message.Delay));
        Assert.Equal(2, world.Repair.Telling("log")!.Told);
    }

    [Fact]
    public async Task A_record_that_fails_for_a_moment_is_repeated_and_nothing_is_told_twice()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var failures = 2;
        world.Repair.BeforeRecord = record =>
        {
            if (record.Sender == "slack" && failures-- > 0)
                throw new HotpathUnavailableException("journal busy", TimeSpan.FromSeconds(3));
        };

        var telling = world.TellAsync(Runs.New());
        for (var wait = 0; wait < 2; wait++)
        {
            await world.Clock.WhenSomebodyWaits(TimeSpan.FromSeconds(3));
            world.Clock.Advance(TimeSpan.FromSeconds(3));
        }

        await telling;
        Assert.Single(world.Slack.Messages);
        Assert.Empty(world.Queue.Messages);
    }

    [Fact]
    public async Task Without_the_claim_nobody_tells_on()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, jira: true);
        // The teller was away so long that its lease ended while the first message was on its way.
        world.Repair.BeforeRecord = record =>
        {
            if (record.Sender == "slack")
                world.Clock.Advance(NotifyLimits.Lease);
        };

        await world.TellAsync(Runs.New().Drained());

        Assert.Single(world.Slack.Messages);
        Assert.Empty(world.Jira.Issues);
        Assert.Equal(1, world.Log.Count("may be told twice"));
        Assert.Equal(NotifyLimits.ClaimDelay, Assert.Single(world.Queue.Messages).Delay);
    }

    [Fact]
    public async Task A_sender_that_takes_too_long_is_cut_off_before_another_may_tell()
    {
        await using var world = await NotifyWorld.StartAsync();
        world.Repair.Put(Runs.New());
        var handler = new NotifyHandler(world.Repair, world.Queue, [new SilentSender()], new NotifyOptions(), world.Clock, NullLogger<NotifyHandler>.Instance);

        var telling = handler.HandleAsync(Wake);
        var speaking = NotifyLimits.Lease - NotifyLimits.RecordTimeout;
        await world.Clock.WhenSomebodyWaits(speaking);
        Assert.True(world.Repair.IsClaimed());
        world.Clock.Advance(speaking);
        await telling.WaitAsync(HostFixture.Patience);

        Assert.False(world.Repair.IsClaimed());
        Assert.Equal(NotifyLimits.OutageDelay, Assert.Single(world.Queue.Messages).Delay);
    }

    [Fact]
    public async Task One_sender_in_trouble_does_not_stop_the_others()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, jira: true);
        world.Slack.Faults.Fail(503);

        await world.TellAsync(Runs.New());

        Assert.Empty(world.Slack.Messages);
        Assert.Single(world.Jira.Issues);
        Assert.Equal(2, world.Repair.Telling("log")!.Told);
        Assert.Equal(NotifyLimits.OutageDelay, (await world.DeliverAsync()).Delay);
        Assert.Single(world.Slack.Messages);
        Assert.Single(world.Jira.Issues);
        Assert.Empty(world.Queue.Messages);
    }

    [Fact]
    public async Task An_outage_is_asked_again_ever_more_rarely_and_in_one_chain()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Slack.Faults.Fail(500, times: 12);

        await world.TellAsync(Runs.New());
        await world.TellAsync(Runs.New().Drained());
        await world.TellAsync(Runs.New().Drained().Rebooted());
        Assert.Single(world.Slack.Calls);
        List<double> delays = [];
        while (world.Queue.Messages.Count > 0)
        {
            Assert.Single(world.Queue.Messages);
            delays.Add((await world.DeliverAsync()).Delay.TotalSeconds);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300], delays);
        Assert.Equal(6, world.Repair.Telling("slack")!.Told);
    }

    [Fact]
    public async Task The_wait_of_a_sender_survives_a_restart()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Slack.Faults.Fail(500, times: 3);
        await world.TellAsync(Runs.New());
        List<double> delays = [];
        while (world.Queue.Messages.Count > 0)
        {
            world.Restart();
            delays.Add((await world.DeliverAsync()).Delay.TotalSeconds);
        }

        Assert.Equal([5, 10, 20], delays);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_clock_that_is_set_keeps_no_sender_waiting_longer_or_shorter(bool restarted)
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, jira: true);
        world.Slack.Faults.Fail(503);
        world.Jira.Faults.Fail(401, times: 2);
        await world.TellAsync(Runs.New());

        world.Clock.Set(TimeSpan.FromHours(-6));
        if (restarted)
            world.Restart();
        await world.DeliverAsync();
        Assert.Single(world.Slack.Messages);
        world.Clock.Set(TimeSpan.FromHours(12));
        Assert.Equal(NotifyLimits.RefusalDelay - NotifyLimits.OutageDelay, (await world.DeliverAsync()).Delay);
        Assert.Empty(world.Jira.Issues);
        Assert.Equal(NotifyLimits.RefusalDelay * 2, (await world.DeliverAsync()).Delay);
        Assert.Single(world.Jira.Issues);
    }

    [Fact]
    public async Task A_cancelled_pass_gives_its_claim_back()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Repair.Put(Runs.New());
        var hold = world.Slack.Faults.HoldAnswer();
        using var stop = new CancellationTokenSource();

        var telling = world.NewProcess().HandleAsync(Wake, stop.Token);
        await hold.Arrived;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => telling);
        Assert.False(world.Repair.IsClaimed());
    }

    private sealed class SilentSender : IStorySender
    {
        public string Name => "silent";

        public Task<TellResult> TellAsync(Story story, CancellationToken cancellation) => new TaskCompletionSource<TellResult>().Task.WaitAsync(cancellation);
    }
}
