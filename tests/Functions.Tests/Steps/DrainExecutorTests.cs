using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Repair.Steps;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Steps;

public sealed class DrainExecutorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeCluster _cluster = new();
    private readonly DateTimeOffset _deadline;

    public DrainExecutorTests() => _deadline = _time.GetUtcNow() + TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_node_without_workloads_is_drained_at_once() => Assert.Equal(StepOutcome.Succeeded, Finished(await DrainAsync()).Outcome);

    [Fact]
    public async Task The_drain_is_done_when_every_workload_has_left()
    {
        _cluster.Add(1, 0b01).Add(2, 0b10);
        Assert.Equal(TimeSpan.FromMilliseconds(500), Running(await DrainAsync()).CheckAfter);
        Assert.Equal([1UL, 2UL], _cluster.Evicted.Order());
        _cluster.Workloads.TryRemove(1, out _);
        Running(await DrainAsync());
        Assert.Equal(2, _cluster.Evicted.Count);
        _cluster.Workloads.TryRemove(2, out _);
        Assert.Equal(StepOutcome.Succeeded, Finished(await DrainAsync()).Outcome);
    }

    [Fact]
    public async Task A_workload_that_is_gone_needs_no_waiting_for()
    {
        _cluster.Add(1, 0b01, EvictionOutcome.Gone);
        Running(await DrainAsync());
        Assert.Equal(StepOutcome.Succeeded, Finished(await DrainAsync()).Outcome);
    }

    [Fact]
    public async Task A_blocked_workload_is_asked_again_until_shortly_before_the_deadline_and_then_named()
    {
        _cluster.Add(1, 0b01, EvictionOutcome.Blocked).Add(2, 0b01);
        Assert.Equal(TimeSpan.FromSeconds(2), Running(await DrainAsync()).CheckAfter);
        _cluster.Workloads.TryRemove(2, out _);
        _time.Advance(TimeSpan.FromSeconds(54));
        Assert.Equal(TimeSpan.FromSeconds(1), Running(await DrainAsync()).CheckAfter);
        Assert.Equal(2, _cluster.Evicted.Count(id => id == 1));
        _time.Advance(TimeSpan.FromSeconds(1));
        var end = Finished(await DrainAsync());
        Assert.Equal(StepOutcome.Failed, end.Outcome);
        Assert.Contains("job-1", end.Detail);
    }

    [Fact]
    public async Task A_short_drain_has_nearly_all_of_its_time()
    {
        _cluster.Add(1, 0b01, EvictionOutcome.Blocked);
        var begun = _deadline - TimeSpan.FromSeconds(10);
        _time.Advance(TimeSpan.FromSeconds(58));
        Assert.Equal(TimeSpan.FromSeconds(1), Running(await DrainAsync(begun: begun)).CheckAfter);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(StepOutcome.Failed, Finished(await DrainAsync(begun: begun)).Outcome);
    }

    [Fact]
    public async Task Only_workloads_on_faulty_gpus_leave_when_the_playbook_says_so()
    {
        _cluster.Add(1, 0b0011).Add(2, 0b0100).Add(3, 0b1010).Add(4, 0);
        await DrainAsync(onlyFaultyGpus: true, mask: 0b0010);
        Assert.Equal([1UL, 3UL], _cluster.Evicted.Order());
        _cluster.Workloads.TryRemove(1, out _);
        _cluster.Workloads.TryRemove(3, out _);
        Assert.Equal(StepOutcome.Succeeded, Finished(await DrainAsync(onlyFaultyGpus: true, mask: 0b0010)).Outcome);
    }

    /// <summary>Such as one that another scheduler has bound.</summary>
    [Fact]
    public async Task A_workload_of_which_nobody_knows_which_gpus_it_has_leaves_as_well()
    {
        _cluster.Add(1, 0, gpus: 2);
        Running(await DrainAsync(onlyFaultyGpus: true, mask: 0b0010));
        Assert.Equal([1UL], _cluster.Evicted);
    }

    [Fact]
    public async Task A_fault_that_names_no_gpu_drains_the_whole_node()
    {
        _cluster.Add(1, 0b01).Add(2, 0b10);
        await DrainAsync(onlyFaultyGpus: true, mask: 0);
        Assert.Equal([1UL, 2UL], _cluster.Evicted.Order());
    }

    [Fact]
    public async Task Evictions_run_side_by_side_within_their_bound()
    {
        for (var id = 1UL; id <= 500; id++)
            _cluster.Add(id, 1);
        await DrainAsync();
        Assert.Equal(500, _cluster.Evicted.Count);
        Assert.InRange(_cluster.MostEvictingAtOnce, 1, 64);
    }

    private static StepProgress.Running Running(StepProgress progress) => Assert.IsType<StepProgress.Running>(progress);

    private static StepProgress.Finished Finished(StepProgress progress) => Assert.IsType<StepProgress.Finished>(progress);

    private Task<StepProgress> DrainAsync(bool onlyFaultyGpus = false, uint mask = 0b01, DateTimeOffset begun = default) =>
        new DrainExecutor(_cluster, _time).ResumeAsync(
            new StepContext("run-1", 1, "gpu-0012", mask, begun, _deadline, true, onlyFaultyGpus), CancellationToken.None);
}
