using System.Diagnostics.Metrics;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.Notify.Support;
using Pipeline.TestDoubles.Slack;

namespace Pipeline.Functions.Tests.Notify.Slack;

public sealed class SlackSenderTests
{
    [Fact]
    public async Task A_run_has_one_thread_and_a_card_that_shows_how_it_stands()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, settings: ("Notify:PublicUrl", "https://gpu.example"));

        await world.TellAsync(Runs.New());
        await world.TellAsync(Runs.New().Drained());
        await world.TellAsync(Runs.New().Drained().Rebooted());
        await world.TellAsync(Runs.New().Drained().Rebooted().Healed());

        var card = Assert.Single(world.Slack.Parents);
        Assert.Equal($"{SlackDouble.ChannelId}/{card.Ts}", world.Repair.Telling("slack")!.Reference);
        Assert.Equal(3, card.Edits);
        Assert.Contains("Healthy: gpu-0012: XID 79", card.Text, StringComparison.Ordinal);
        Assert.Contains("gpu-0012 left scheduling", card.BlockText, StringComparison.Ordinal);
        Assert.Contains("<https://gpu.example/api/runs/r-0001|timeline>", card.BlockText, StringComparison.Ordinal);
        Assert.Equal("r-0001", (string?)card.Metadata!["event_payload"]!["run"]);
        var replies = world.Slack.Replies(card.Ts);
        Assert.Equal(3, replies.Count);
        Assert.Contains("Reboot, attempt 2: done in 8 s", replies[1].Text, StringComparison.Ordinal);
        Assert.Contains("(MTTR): 56 s", replies[2].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(replies, reply => reply.Broadcast);
    }

    [Fact]
    public async Task A_story_told_late_takes_two_calls()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);

        await world.TellAsync(Runs.New().Drained().Rebooted().Healed());

        Assert.Equal(["chat.postMessage", "chat.postMessage"], world.Slack.Calls);
        Assert.Contains("Healthy", Assert.Single(world.Slack.Parents).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_that_do_not_move_the_run_leave_the_card_alone()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        await world.TellAsync(Runs.New());

        await world.TellAsync(Runs.New().Then(RunState.Quarantined, "AlertsTruncated"));

        Assert.Equal(["chat.postMessage", "chat.postMessage"], world.Slack.Calls);
    }

    [Fact]
    public async Task Only_the_line_that_calls_a_person_is_shown_in_the_channel()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var ended = Runs.New().Drained().Escalated().Then(RunState.NeedsHardware, "HardwareSuspected");

        await world.TellAsync(ended);
        await world.TellAsync(ended.Then(RunState.NeedsHardware, "Resolved"));

        var replies = world.Slack.Replies(world.Slack.Parents[0].Ts);
        Assert.Equal([false, true, false], replies.Select(reply => reply.Broadcast));
        Assert.Contains("A person is needed for gpu-0012", replies[1].Text, StringComparison.Ordinal);
        Assert.Contains("The hardware of gpu-0012 must be replaced", replies[1].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Drain", replies[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Markup_in_an_alert_mentions_nobody()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var run = Runs.New();
        run.Summary = "<!channel> & <@U1>";

        await world.TellAsync(run.Then(RunState.Acting, "AttemptFailed", StepKind.Reboot, 1, "<!here> 1 < 2 & 3"));

        var all = string.Join('\n', world.Slack.Messages.Select(message => message.Text + message.BlockText));
        Assert.DoesNotContain("<!", all, StringComparison.Ordinal);
        Assert.DoesNotContain("<@", all, StringComparison.Ordinal);
        Assert.Contains("&lt;!here&gt; 1 &lt; 2 &amp; 3", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_story_with_long_details_fits_into_slacks_limits()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var run = Runs.New();
        run.Summary = new string('&', 5_000);
        for (var attempt = 1; attempt <= 40; attempt++)
            run.Then(RunState.Acting, "AttemptFailed", StepKind.Reboot, attempt, new string('<', 5_000));

        await world.TellAsync(run);
        while (world.Queue.Messages.Count > 0)
            await world.DeliverAsync();

        Assert.Equal(run.Timeline.Count, world.Repair.Telling("slack")!.Told);
        Assert.Single(world.Slack.Parents);
        Assert.All(world.Slack.Messages, message => Assert.InRange(message.Text.Length, 1, 3_000));
        Assert.DoesNotContain(world.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task Throttling_is_obeyed_for_as_long_as_slack_asks_even_by_new_messages()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Slack.Faults.Throttle(retryAfterSeconds: 17);
        var other = Runs.New("r-0002");

        await world.TellAsync(Runs.New());
        await world.TellAsync(other);
        Assert.Single(world.Slack.Calls);
        world.Clock.Advance(TimeSpan.FromSeconds(16));
        await world.TellAsync(Runs.New());
        await world.TellAsync(other);
        Assert.Single(world.Slack.Calls);
        Assert.All(world.Queue.Messages, message => Assert.Equal(17, message.Delay.TotalSeconds));
        while (world.Queue.Messages.Count > 0)
            await world.DeliverAsync();

        Assert.Equal(2, world.Slack.Parents.Count);
    }

    [Fact]
    public async Task An_outage_lasts_as_long_as_slack_says()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Slack.Faults.Fail(503, retryAfterSeconds: 90);

        await world.TellAsync(Runs.New());

        Assert.Equal(90, (await world.DeliverAsync()).Delay.TotalSeconds);
        Assert.Single(world.Slack.Parents);
    }

    [Theory]
    [InlineData("Slack:Channel", "nowhere", "channel_not_found")]
    [InlineData("Slack:BotToken", "xoxb-wrong", "invalid_auth")]
    public async Task A_refusal_is_said_once_and_a_mended_setting_tells_the_story(string setting, string wrong, string code)
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var right = setting == "Slack:Channel" ? SlackDouble.ChannelName : world.Slack.Token;
        world.Set(setting, wrong);
        world.Restart();

        await world.TellAsync(Runs.New());
        await world.TellAsync(Runs.New().Drained());
        List<double> delays = [];
        for (var delivery = 0; delivery < 9; delivery++)
            delays.Add((await world.DeliverAsync()).Delay.TotalSeconds);
        Assert.Null(world.Repair.Telling("slack"));
        Assert.Equal([30, 60, 120, 240, 480, 960, 1920, 3600, 3600], delays);
        Assert.Equal(1, world.Log.Count(code));

        world.Set(setting, right);
        world.Restart();
        await world.DeliverAsync();
        Assert.Equal(4, world.Repair.Telling("slack")!.Told);
        Assert.Empty(world.Queue.Messages);
    }

    [Fact]
    public async Task A_deleted_card_is_replaced_and_the_story_goes_on_there()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        await world.TellAsync(Runs.New());
        world.Slack.Delete(world.Slack.Parents[0].Ts);

        await world.TellAsync(Runs.New().Drained());

        var card = Assert.Single(world.Slack.Parents);
        Assert.Equal($"{SlackDouble.ChannelId}/{card.Ts}", world.Repair.Telling("slack")!.Reference);
        Assert.Contains("Drain, attempt 1: done", Assert.Single(world.Slack.Replies(card.Ts)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_card_that_cannot_be_edited_does_not_stop_the_thread()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        await world.TellAsync(Runs.New());
        var card = world.Slack.Parents[0];
        world.Slack.Freeze(card.Ts);

        await world.TellAsync(Runs.New().Drained());
        await world.TellAsync(Runs.New().Drained().Rebooted());

        Assert.Equal(2, world.Slack.Replies(card.Ts).Count);
        Assert.Equal(1, world.Log.Count("cannot be edited (cant_update_message)"));
    }

    [Fact]
    public async Task A_slow_answer_is_given_up_after_the_timeout_and_asked_again_later()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var hold = world.Slack.Faults.HoldAnswer();

        var telling = world.TellAsync(Runs.New());
        await hold.Arrived;
        world.Clock.Advance(TimeSpan.FromSeconds(10));
        await telling;
        hold.Release();
        Assert.Equal(5, (await world.DeliverAsync()).Delay.TotalSeconds);

        // Slack has no idempotency key: the message whose answer was lost is there twice.
        Assert.Equal(2, world.Slack.Parents.Count);
        Assert.Equal(2, world.Repair.Telling("slack")!.Told);
    }

    [Theory]
    [InlineData("ts")]
    [InlineData("channel")]
    public async Task An_answer_that_does_not_say_where_the_card_is_opens_no_thread(string field)
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        world.Slack.NextLacks = field;

        await world.TellAsync(Runs.New());
        Assert.Null(world.Repair.Telling("slack"));
        Assert.Equal(5, (await world.DeliverAsync()).Delay.TotalSeconds);

        Assert.Equal($"{SlackDouble.ChannelId}/{world.Slack.Parents[^1].Ts}", world.Repair.Telling("slack")!.Reference);
        Assert.Equal(0, world.Log.Count("bad_reference"));
    }

    [Fact]
    public async Task Messages_of_one_pass_are_paced()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, settings: ("Slack:PostIntervalMilliseconds", "1000"));

        var telling = world.TellAsync(Runs.New().Drained());
        await world.Clock.WhenSomebodyWaits(TimeSpan.FromSeconds(1));
        Assert.Single(world.Slack.Calls);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await telling;

        Assert.Equal(2, world.Slack.Messages.Count);
    }

    [Fact]
    public async Task A_damaged_reference_stops_this_sender_instead_of_starting_over()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        var run = Runs.New().Drained();
        run.Tellings.Add(new Telling { Sender = "slack", Reference = "garbage", Told = 2 });

        await world.TellAsync(run);

        Assert.Empty(world.Slack.Calls);
        Assert.Equal(1, world.Log.Count("bad_reference"));
    }

    [Fact]
    public async Task Calls_and_throttling_are_counted()
    {
        await using var world = await NotifyWorld.StartAsync(slack: true);
        List<string> calls = [];
        var throttled = 0.0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Pipeline.Functions")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        var mine = new AsyncLocal<bool> { Value = true };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
        {
            if (mine.Value && instrument.Name == "pipeline.notify.calls" && (string?)tags[0].Value == "slack")
                calls.Add((string)tags[1].Value!);
        });
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => throttled += mine.Value && instrument.Name == "pipeline.notify.throttled" ? value : 0);
        listener.Start();

        world.Slack.Faults.Throttle(7);
        world.Slack.Faults.Fail(500);
        await world.TellAsync(Runs.New());
        while (world.Queue.Messages.Count > 0)
            await world.DeliverAsync();

        Assert.Equal(["throttled", "outage", "ok"], calls);
        Assert.Equal(7, throttled);
    }
}
