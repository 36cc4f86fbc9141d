using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Functions.Tests.RepairStep;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Steps;

public sealed class StepExecutorsTests
{
    private readonly FakeNode _node = new();

    private readonly FakeTimeProvider _time = new();

    private StepExecutors All => StepExecutors.Over(new FakeCluster(), _node, _time);

    [Theory]
    [InlineData(StepKind.Drain, true)]
    [InlineData(StepKind.DriverReset, true)]
    [InlineData(StepKind.GpuReset, true)]
    [InlineData(StepKind.Reboot, false)]
    [InlineData(StepKind.PowerCycle, false)]
    [InlineData(StepKind.HealthCheck, true)]
    [InlineData(StepKind.Soak, false)]
    public void Each_step_says_whether_it_may_be_repeated(StepKind kind, bool repeatable) => Assert.Equal(repeatable, All.IsRepeatable(kind));

    [Fact]
    public void An_incomplete_or_doubled_set_of_executors_is_refused_by_name()
    {
        IStepExecutor[] few = [new RebootExecutor(_node, _time), new PowerCycleExecutor(_node, _time)];
        Assert.Contains("HealthCheck", Assert.Throws<ArgumentException>(() => new StepExecutors(few)).Message);
        IStepExecutor[] twice = [new RebootExecutor(_node, _time), new RebootExecutor(_node, _time)];
        Assert.Contains("Reboot has two", Assert.Throws<ArgumentException>(() => new StepExecutors(twice)).Message);
    }

    [Theory]
    [InlineData(StepKind.DriverReset, NodeActionKind.DriverReset, 0)]
    [InlineData(StepKind.GpuReset, NodeActionKind.GpuReset, 0b10)]
    [InlineData(StepKind.Reboot, NodeActionKind.Reboot, 0)]
    [InlineData(StepKind.PowerCycle, NodeActionKind.PowerCycle, 0)]
    public async Task An_action_carries_its_kind_its_gpus_and_the_key_of_the_attempt(StepKind kind, NodeActionKind action, uint mask)
    {
        await All.Find(kind)!.StartAsync(Context(), CancellationToken.None);
        Assert.Equal(new NodeAction("run-1/3", "gpu-0012", action, mask), Assert.Single(_node.Acted));
    }

    [Theory]
    [InlineData(5, 100)]
    [InlineData(700, 700)]
    [InlineData(600_000, 30_000)]
    public async Task A_running_action_is_looked_at_again_within_bounds(int checkAfterMs, int expectedMs)
    {
        _node.Status = new ActionStatus(ActionState.Running, TimeSpan.FromMilliseconds(checkAfterMs), "");
        var progress = await All.Find(StepKind.Reboot)!.StartAsync(Context(), CancellationToken.None);
        Assert.Equal(new StepProgress.Running(TimeSpan.FromMilliseconds(expectedMs)), progress);
    }

    [Fact]
    public async Task A_health_check_fails_with_the_problems_it_found()
    {
        _node.Health = new HealthReport(false, ["GPU 3 is off the bus", "port 1 is down"]);
        Assert.Equal(StepProgress.Failed("GPU 3 is off the bus; port 1 is down"), await All.Find(StepKind.HealthCheck)!.StartAsync(Context(), CancellationToken.None));
    }

    [Fact]
    public async Task A_node_that_comes_up_is_examined_again_until_there_is_no_time_for_it()
    {
        var check = All.Find(StepKind.HealthCheck)!;
        var step = Context() with { Deadline = _time.GetUtcNow() + TimeSpan.FromMinutes(1) };
        _node.Health = new HealthReport(false, ["GPU 3 is off the bus", "port 1 is down"]) { IsComingUp = true };
        var again = new StepProgress.Running(TimeSpan.FromSeconds(15));
        Assert.Equal(again, await check.StartAsync(step, CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(again, await check.ResumeAsync(step, CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(StepProgress.Failed("GPU 3 is off the bus; port 1 is down"), await check.ResumeAsync(step, CancellationToken.None));
    }

    [Fact]
    public async Task An_examination_that_takes_long_is_not_begun_when_it_cannot_end_before_the_deadline()
    {
        var check = All.Find(StepKind.HealthCheck)!;
        var step = Context() with { Deadline = _time.GetUtcNow() + TimeSpan.FromMinutes(2) };
        _node.Health = new HealthReport(false, ["GPU 3 is off the bus"]) { IsComingUp = true };
        _node.Examining = () => _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(StepProgress.Failed("GPU 3 is off the bus"), await check.StartAsync(step, CancellationToken.None));
    }

    [Fact]
    public async Task A_node_is_healthy_as_soon_as_nothing_is_wrong_with_it()
    {
        _node.Health = new HealthReport(false, ["no GPU is there"]) { IsComingUp = true };
        var check = All.Find(StepKind.HealthCheck)!;
        Assert.IsType<StepProgress.Running>(await check.StartAsync(Context(), CancellationToken.None));
        _node.Health = new HealthReport(true, []);
        Assert.Equal(StepOutcome.Succeeded, Assert.IsType<StepProgress.Finished>(await check.ResumeAsync(Context(), CancellationToken.None)).Outcome);
    }

    private StepContext Context() => new("run-1", 3, "gpu-0012", 0b10, _time.GetUtcNow(), DateTimeOffset.MaxValue, true, false);
}
