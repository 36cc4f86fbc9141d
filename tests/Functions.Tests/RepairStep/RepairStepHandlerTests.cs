using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Functions.RepairStep;
using Pipeline.Functions.Tests.Steps;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.RepairStep;

public sealed class RepairStepHandlerTests : IDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan UnknownAfter = TimeSpan.FromSeconds(30);

    private readonly FakeNode _node = new();
    private readonly RecordingSender _queue = new();
    private readonly FunctionMetrics _metrics = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FakeRepairApi _repair;

    public RepairStepHandlerTests() => _repair = new FakeRepairApi { Time = _time };

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public async Task A_begun_step_acts_and_reports_its_outcome()
    {
        await HandleAsync("driverReset");
        Assert.Equal(NodeActionKind.DriverReset, Assert.Single(_node.Acted).Kind);
        var completed = Assert.Single(_repair.Completed);
        Assert.Equal(StepOutcome.Succeeded, completed.Outcome);
        Assert.Equal("done", completed.Detail);
        Assert.Equal("functions/RepairStep", completed.Actor);
        Assert.Equal(["begin functions/RepairStep", "complete"], _repair.Calls);
        Assert.Empty(_queue.Sent);
    }

    [Fact]
    public async Task A_refused_step_does_nothing()
    {
        _repair.RunEnded = true;
        await HandleAsync("reboot");
        Assert.Empty(_node.Acted);
        Assert.Empty(_repair.Completed);
        Assert.Empty(_queue.Sent);
    }

    [Fact]
    public async Task A_step_that_takes_time_is_looked_at_again_without_acting_again()
    {
        _node.Status = new ActionStatus(ActionState.Running, TimeSpan.FromSeconds(3), "");
        await HandleAsync("reboot");
        Assert.Equal([("steps", """{"run":"run-1","step":"reboot","attempt":1}""", TimeSpan.FromSeconds(3))], _queue.Sent);
        Assert.Empty(_repair.Completed);
        _node.Status = new ActionStatus(ActionState.Failed, TimeSpan.Zero, "it did not come back");
        await HandleAsync("reboot");
        Assert.Single(_node.Acted);
        Assert.Single(_queue.Sent);
        Assert.Equal((StepOutcome.Failed, "it did not come back"), (_repair.Completed[0].Outcome, _repair.Completed[0].Detail));
    }

    [Theory]
    [InlineData("driverReset", true, nameof(FakeNode.Crash.BeforeActing), 1, StepOutcome.Succeeded)]
    [InlineData("driverReset", true, nameof(FakeNode.Crash.AfterActing), 1, StepOutcome.Succeeded)]
    [InlineData("driverReset", false, nameof(FakeNode.Crash.BeforeActing), 0, StepOutcome.Unknown)]
    [InlineData("reboot", true, nameof(FakeNode.Crash.BeforeActing), 0, StepOutcome.Unknown)]
    [InlineData("reboot", true, nameof(FakeNode.Crash.AfterActing), 1, StepOutcome.Succeeded)]
    [InlineData("powerCycle", false, nameof(FakeNode.Crash.BeforeActing), 0, StepOutcome.Unknown)]
    [InlineData("powerCycle", false, nameof(FakeNode.Crash.AfterActing), 1, StepOutcome.Succeeded)]
    public async Task After_a_crash_the_next_delivery_finds_out_and_only_repeats_what_may_be_repeated(
        string step, bool playbookRepeatable, string crash, int acted, StepOutcome outcome)
    {
        _repair.Template.Repeatable = playbookRepeatable;
        _node.NextStart = Enum.Parse<FakeNode.Crash>(crash);
        await Assert.ThrowsAsync<CallerDiedException>(() => HandleAsync(step));
        _time.Advance(UnknownAfter);
        await HandleAsync(step);
        Assert.Equal(acted, _node.Acted.Count);
        Assert.Equal(outcome, Assert.Single(_repair.Completed).Outcome);
    }

    [Theory]
    [InlineData("reboot")]
    [InlineData("powerCycle")]
    public async Task A_delivery_that_comes_while_another_is_about_to_act_leaves_the_attempt_to_it(string step)
    {
        var held = _node.Held = new TaskCompletionSource();
        var first = HandleAsync(step);
        _time.Advance(TimeSpan.FromSeconds(10));
        await HandleAsync(step);
        Assert.Empty(_repair.Completed);
        Assert.Equal(TimeSpan.FromSeconds(20), Assert.Single(_queue.Sent).Delay);

        held.SetResult();
        await first;
        Assert.Equal(StepOutcome.Succeeded, Assert.Single(_repair.Completed).Outcome);
        await HandleAsync(step);
        Assert.Single(_node.Acted);
        Assert.Single(_repair.Completed);
    }

    [Fact]
    public async Task A_delivery_that_does_not_reach_the_node_in_time_gives_up_before_others_say_that_nobody_acted()
    {
        _node.Held = new TaskCompletionSource();
        var first = HandleAsync("reboot");
        _time.Advance(StartsWithin);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(TimeSpan.FromSeconds(20)));
        await HandleAsync("reboot");
        Assert.Empty(_repair.Completed);

        _time.Advance(UnknownAfter - StartsWithin);
        await HandleAsync("reboot");
        Assert.Equal(StepOutcome.Unknown, Assert.Single(_repair.Completed).Outcome);
        Assert.Empty(_node.Acted);
    }

    [Theory]
    [InlineData("reboot", 5)]
    [InlineData("driverReset", 60)]
    public async Task A_delivery_that_does_not_reach_the_node_before_the_attempt_ends_gives_up(string step, int seconds)
    {
        var lasts = TimeSpan.FromSeconds(seconds);
        _repair.Template.Deadline = (_time.GetUtcNow() + lasts).ToUnixTimeMilliseconds();
        var held = _node.Held = new TaskCompletionSource();
        var delivery = HandleAsync(step);

        _time.Advance(lasts);
        held.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivery.WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Empty(_node.Acted);
    }

    [Theory]
    [InlineData("reboot", 15, 0)]
    [InlineData("reboot", 14, 1)]
    [InlineData("driverReset", 59, 1)]
    [InlineData("driverReset", 60, 0)]
    public async Task A_delivery_that_was_held_up_after_its_begin_does_not_act_any_more(string step, int seconds, int acted)
    {
        _repair.Template.Deadline = (_time.GetUtcNow() + TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds();
        _repair.OnBegin = () => _time.Advance(TimeSpan.FromSeconds(seconds));
        await HandleAsync(step);
        Assert.Equal(acted, _node.Acted.Count);
        Assert.Equal(acted == 1 ? StepOutcome.Succeeded : StepOutcome.Unknown, Assert.Single(_repair.Completed).Outcome);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task The_engine_may_have_another_time(int hours)
    {
        _repair.Ahead = TimeSpan.FromHours(hours);
        _repair.Template.Deadline = (_time.GetUtcNow() + _repair.Ahead + TimeSpan.FromMinutes(1)).ToUnixTimeMilliseconds();
        var held = _node.Held = new TaskCompletionSource();
        var first = HandleAsync("reboot");
        _time.Advance(TimeSpan.FromSeconds(10));
        await HandleAsync("reboot");
        Assert.Equal(TimeSpan.FromSeconds(20), Assert.Single(_queue.Sent).Delay);

        held.SetResult();
        await first;
        Assert.Equal(StepOutcome.Succeeded, Assert.Single(_repair.Completed).Outcome);
    }

    [Fact]
    public async Task A_duplicate_of_a_finished_attempt_does_nothing()
    {
        await HandleAsync("powerCycle");
        await HandleAsync("powerCycle");
        Assert.Single(_node.Acted);
        Assert.Single(_repair.Completed);
    }

    [Fact]
    public async Task Nothing_happens_on_the_node_when_the_begin_was_not_durable()
    {
        _repair.Unavailable = new HotpathUnavailableException("stopping", TimeSpan.FromSeconds(1));
        await HandleAsync("reboot");
        Assert.Empty(_node.Acted);
        var (queue, message, delay) = Assert.Single(_queue.Sent);
        Assert.Equal(("steps", TimeSpan.FromSeconds(2)), (queue, delay));
        Assert.Contains("\"reboot\"", message, StringComparison.Ordinal);
        await HandleAsync("reboot");
        Assert.Single(_node.Acted);
    }

    [Fact]
    public async Task What_the_cluster_does_not_allow_now_waits_on_its_queue_however_often_it_is_refused()
    {
        for (var time = 0; time < 7; time++)
        {
            _node.NextStart = FakeNode.Crash.Denied;
            await HandleAsync("gpuReset");
        }

        Assert.All(_queue.Sent, sent => Assert.Equal(("steps", TimeSpan.FromSeconds(2)), (sent.Queue, sent.Delay)));
        Assert.Equal(7, _queue.Sent.Count);
        Assert.Empty(_repair.Completed);
        await HandleAsync("gpuReset");
        Assert.Equal(StepOutcome.Succeeded, Assert.Single(_repair.Completed).Outcome);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("""{"step":"drain","attempt":1}""", "'run'")]
    [InlineData("""{"run":"","step":"drain","attempt":1}""", "'run'")]
    [InlineData("""{"run":"r","step":"Drain","attempt":1}""", "'step'")]
    [InlineData("""{"run":"r","step":"unspecified","attempt":1}""", "'step'")]
    [InlineData("""{"run":"r","step":"drain","attempt":0}""", "'attempt'")]
    [InlineData("""{"run":"r","step":"drain","attempt":"1"}""", "'attempt'")]
    [InlineData("""{"run":"r","step":"soak","attempt":1}""", "No executor performs step soak")]
    public async Task A_message_that_cannot_be_performed_fails_before_anything_is_begun(string message, string named)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Handler().HandleAsync(message, CancellationToken.None));
        Assert.Contains(named, error.Message);
        Assert.Empty(_repair.Calls);
    }

    [Fact]
    public void Every_step_survives_the_way_through_the_queue()
    {
        foreach (var kind in Enum.GetValues<StepKind>().Where(k => k != StepKind.Unspecified))
        {
            var message = new StepMessage { Run = "run \"1\"", Step = kind, Attempt = 7 };
            Assert.True(StepMessageJson.TryRead(StepMessageJson.Write(message), out var read, out _));
            Assert.Equal(message, read);
        }
    }

    [Fact]
    public async Task Wakeups_go_to_their_queues()
    {
        var wakeups = new QueueWakeups(_queue);
        await wakeups.EnqueueStepAsync(
            new StepMessage { Run = "run-1", Step = StepKind.DriverReset, Attempt = 2 }, TimeSpan.FromSeconds(4), CancellationToken.None);
        await wakeups.TellAsync("run-1", TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Equal(
            [
                ("steps", """{"run":"run-1","step":"driverReset","attempt":2}""", TimeSpan.FromSeconds(4)),
                ("notifications", """{"run":"run-1"}""", TimeSpan.FromSeconds(1)),
            ],
            _queue.Sent);
    }

    private Task HandleAsync(string step) =>
        Handler().HandleAsync($$"""{"run":"run-1","step":"{{step}}","attempt":1}""", CancellationToken.None);

    private RepairStepHandler Handler() => new(
        _repair,
        StepExecutors.Over(new FakeCluster(), _node, _time),
        _queue,
        _time,
        _metrics,
        NullLogger<RepairStepHandler>.Instance);
}
