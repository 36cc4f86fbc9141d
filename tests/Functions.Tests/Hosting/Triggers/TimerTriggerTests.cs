using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Triggers;

namespace Pipeline.Functions.Tests.Hosting.Triggers;

public sealed class TimerTriggerTests
{
    private readonly Channel<(DateTimeOffset At, TimerInfo Timer)> _called = Channel.CreateUnbounded<(DateTimeOffset, TimerInfo)>();

    private ValueTask<(DateTimeOffset At, TimerInfo Timer)> CalledAsync() =>
        _called.Reader.ReadAsync(new CancellationTokenSource(HostFixture.Patience).Token);

    private HostFixture Fixture(string schedule, Func<int, Task> handler, string more = "")
    {
        var fixture = new HostFixture();
        fixture.Root.AddTimer("Tick", schedule, more);
        var calls = 0;
        fixture.Registry.AddTimer("Tick", async (_, timer, _) =>
        {
            _called.Writer.TryWrite((fixture.Time.GetUtcNow(), timer));
            await handler(++calls);
        });
        return fixture;
    }

    private static async Task AdvanceToAsync(HostFixture fixture, DateTimeOffset due)
    {
        await fixture.Time.WhenTimerIsSetFor(due).WaitAsync(HostFixture.Patience);
        fixture.Time.Advance(due - fixture.Time.GetUtcNow());
    }

    [Fact]
    public async Task A_timer_runs_at_each_occurrence_and_a_failure_is_not_retried()
    {
        await using var fixture = Fixture("*/2 * * * * *", _ => throw new InvalidOperationException("no"));
        var start = fixture.Time.GetUtcNow();
        await fixture.StartAsync();
        for (var seconds = 2; seconds <= 6; seconds += 2)
        {
            await AdvanceToAsync(fixture, start.AddSeconds(seconds));
            var (at, timer) = await CalledAsync();
            Assert.Equal(start.AddSeconds(seconds), at);
            Assert.False(timer.IsPastDue);
            Assert.Null(timer.ScheduleStatus);
        }

        await fixture.Time.WhenTimerIsSetFor(start.AddSeconds(8)).WaitAsync(HostFixture.Patience);
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_timer_does_not_overlap_itself_and_what_it_missed_is_one_past_due_run()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var fixture = Fixture("*/2 * * * * *", call => call == 1 ? gate.Task : Task.CompletedTask);
        var start = fixture.Time.GetUtcNow();
        await fixture.StartAsync();
        await AdvanceToAsync(fixture, start.AddSeconds(2));
        await CalledAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.False(_called.Reader.TryRead(out _));
        gate.SetResult();
        var (at, timer) = await CalledAsync();
        Assert.Equal(start.AddSeconds(9), at);
        Assert.True(timer.IsPastDue);
        await AdvanceToAsync(fixture, start.AddSeconds(10));
        Assert.False((await CalledAsync()).Timer.IsPastDue);
    }

    [Fact]
    public async Task A_frequent_timer_goes_on_when_the_clock_is_set_back()
    {
        await using var fixture = Fixture("*/2 * * * * *", _ => Task.CompletedTask);
        var start = fixture.Time.GetUtcNow();
        await fixture.StartAsync();
        await AdvanceToAsync(fixture, start.AddSeconds(2));
        await CalledAsync();
        await fixture.Time.WhenTimerIsSetFor(start.AddSeconds(4)).WaitAsync(HostFixture.Patience);
        var back = start.AddMinutes(-10);
        fixture.Time.Set(back.AddSeconds(2));
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await AdvanceToAsync(fixture, back.AddSeconds(6));
        Assert.Equal(back.AddSeconds(6), (await CalledAsync()).At);
    }

    [Fact]
    public async Task A_rare_timer_does_not_run_twice_when_the_clock_is_set_back()
    {
        await using var fixture = Fixture("0 0 3 * * *", _ => Task.CompletedTask);
        var day = fixture.Time.GetUtcNow().Date;
        var due = new DateTimeOffset(day.AddDays(1).AddHours(3), TimeSpan.Zero);
        await fixture.StartAsync();
        while (fixture.Time.GetUtcNow() < due)
            await AdvanceToAsync(fixture, fixture.Time.GetUtcNow().AddHours(1));
        await CalledAsync();
        await fixture.Time.WhenTimerIsSetFor(due.AddHours(1)).WaitAsync(HostFixture.Patience);
        fixture.Time.Set(due.AddMinutes(-1));
        for (var hours = 1; hours <= 3; hours++)
            await AdvanceToAsync(fixture, due.AddMinutes(-1).AddHours(hours));
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Run_on_startup_runs_at_once()
    {
        await using var fixture = Fixture("0 0 3 * * *", _ => Task.CompletedTask, ",\"runOnStartup\":true");
        await fixture.StartAsync();
        Assert.Equal(fixture.Time.GetUtcNow(), (await CalledAsync()).At);
    }

    [Fact]
    public async Task A_monitored_timer_makes_up_for_what_it_missed_while_the_host_was_down()
    {
        await using var fixture = Fixture("0 0 3 * * *", _ => Task.CompletedTask);
        var lastNight = fixture.Time.GetUtcNow().Date.AddHours(3);
        var missed = new DateTimeOffset(lastNight, TimeSpan.Zero);
        fixture.Monitor.Statuses["Tick"] = new ScheduleStatus(missed.AddDays(-1), missed, missed.AddDays(-1));
        await fixture.StartAsync();
        var (_, timer) = await CalledAsync();
        Assert.True(timer.IsPastDue);
        Assert.Equal(missed.AddDays(-1), timer.ScheduleStatus!.Last);
        Assert.Equal(missed.AddDays(1), timer.ScheduleStatus.Next);
        await fixture.Time.WhenTimerIsSetFor(fixture.Time.GetUtcNow().AddHours(1)).WaitAsync(HostFixture.Patience);
        Assert.Equal(missed, fixture.Monitor.Statuses["Tick"].Last);
    }

    [Fact]
    public async Task A_monitored_timer_remembers_its_first_occurrence_before_it_has_run()
    {
        await using var fixture = Fixture("0 0 3 * * *", _ => Task.CompletedTask);
        var start = fixture.Time.GetUtcNow();
        await fixture.StartAsync();
        await fixture.Time.WhenTimerIsSetFor(start.AddHours(1)).WaitAsync(HostFixture.Patience);
        await fixture.Host.StopAsync(CancellationToken.None).WaitAsync(HostFixture.Patience);
        var status = fixture.Monitor.Statuses["Tick"];
        Assert.Null(status.Last);
        Assert.True(status.Next > start);
        Assert.Equal(start, status.LastUpdated);
    }

    [Fact]
    public async Task A_schedule_that_was_changed_while_the_host_was_down_counts_at_its_start()
    {
        await using var fixture = Fixture("0 */5 * * * *", _ => Task.CompletedTask);
        var start = fixture.Time.GetUtcNow();
        fixture.Monitor.Statuses["Tick"] = new ScheduleStatus(null, start.AddDays(200), start);
        await fixture.StartAsync();
        await AdvanceToAsync(fixture, start.AddMinutes(5));
        Assert.False((await CalledAsync()).Timer.IsPastDue);
    }

    [Fact]
    public async Task An_occurrence_of_the_schedule_before_a_change_is_not_run_any_more()
    {
        await using var fixture = Fixture("0 0 0 * * *", _ => Task.CompletedTask);
        var start = fixture.Time.GetUtcNow();
        var due = start.AddMinutes(5);
        fixture.Monitor.Statuses["Tick"] = new ScheduleStatus(null, due, start);
        await fixture.StartAsync();
        await fixture.Time.WhenTimerIsSetFor(start.AddHours(1)).WaitAsync(HostFixture.Patience);
    }

    [Fact]
    public async Task What_a_monitored_timer_missed_while_it_ran_is_made_up_for_after_a_restart()
    {
        await using var fixture = Fixture("0 */5 * * * *", _ => Task.CompletedTask);
        var start = fixture.Time.GetUtcNow();
        fixture.Monitor.Statuses["Tick"] = new ScheduleStatus(start.AddMinutes(-10), start.AddMinutes(-5), start.AddMinutes(-1));
        await fixture.StartAsync();
        Assert.True((await CalledAsync()).Timer.IsPastDue);
    }

    [Fact]
    public async Task A_timer_that_dies_is_told()
    {
        await using var fixture = Fixture("0 0 3 * * *", _ => Task.CompletedTask, ",\"runOnStartup\":true");
        fixture.Monitor.OnWrite = () => throw new InvalidOperationException("a defect");
        await fixture.StartAsync();
        await fixture.Host.Died.WaitAsync(HostFixture.Patience);
        Assert.Contains("Tick", fixture.Host.NotReadyReason);
    }

    [Fact]
    public async Task A_stop_ends_a_waiting_timer()
    {
        await using var fixture = Fixture("0 0 3 * * *", _ => Task.CompletedTask);
        await fixture.StartAsync();
        await fixture.Host.StopAsync(CancellationToken.None).WaitAsync(HostFixture.Patience);
        Assert.True(fixture.Host.Completion.IsCompletedSuccessfully);
        Assert.False(_called.Reader.TryRead(out _));
    }

    [Fact]
    public void A_schedule_file_reads_back_and_a_broken_one_starts_afresh()
    {
        var directory = Directory.CreateTempSubdirectory("timers-").FullName;
        try
        {
            var monitor = new FileScheduleMonitor(Path.Combine(directory, "new"), NullLogger<FileScheduleMonitor>.Instance);
            Assert.Null(monitor.Read("Nightly"));
            var status = new ScheduleStatus(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), DateTimeOffset.UnixEpoch);
            monitor.Write("Nightly", status);
            monitor.Write("Nightly", status);
            Assert.Equal(status, monitor.Read("Nightly"));
            File.WriteAllText(Path.Combine(directory, "new", "Nightly.json"), "{");
            Assert.Null(monitor.Read("Nightly"));
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }
}
