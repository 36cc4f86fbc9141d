using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using static Pipeline.Contracts.Cluster.NodeActionKind;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class ActionTests
{
    [Theory]
    [InlineData(DriverReset, 20)]
    [InlineData(GpuReset, 15)]
    [InlineData(Reboot, 240)]
    [InlineData(PowerCycle, 420)]
    public void An_action_takes_its_nominal_time_divided_by_the_speed(NodeActionKind kind, int seconds)
    {
        foreach (var speed in new[] { 0.1, 1, 30, 10_000 })
        {
            using var bench = new Bench(Bench.Plain with { Speed = speed });
            var expected = TimeSpan.FromSeconds(seconds) / speed;

            var started = bench.Start(kind, "run/a");
            Assert.Equal(ActionState.Running, started.State);
            Assert.Equal(expected.TotalMilliseconds, started.CheckAfter.TotalMilliseconds, tolerance: 0.001);

            bench.Time.Advance(started.CheckAfter - TimeSpan.FromTicks(1));
            Assert.Equal(new ActionStatus(ActionState.Running, TimeSpan.FromTicks(1), started.Detail), bench.Status("run/a"));
            bench.Time.Advance(TimeSpan.FromTicks(1));
            Assert.Equal(ActionState.Succeeded, bench.Status("run/a").State);
        }
    }

    [Fact]
    public void Durations_vary_within_the_jitter()
    {
        using var bench = new Bench(Bench.Plain with { Nodes = 100, JitterPercent = 50 });
        var durations = bench.List().Nodes.Select(node => bench.Start(DriverReset, node: node.Name).CheckAfter.TotalSeconds).ToList();
        Assert.All(durations, seconds => Assert.InRange(seconds, 10, 30));
        Assert.True(durations.Max() - durations.Min() > 10);
    }

    [Fact]
    public void A_known_key_answers_its_status_and_never_acts_twice()
    {
        using var bench = new Bench();
        bench.Start(DriverReset, "run/a");
        Assert.Equal(ActionState.Running, bench.Start(DriverReset, "run/a").State);
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(ActionState.Succeeded, bench.Start(DriverReset, "run/a").State);
        Assert.Equal(ActionState.Succeeded, bench.Start(PowerCycle, "run/a", Bench.Other).State);

        var executed = Assert.Single(bench.Cluster.ActionsOf(Bench.Node));
        Assert.Equal(("run/a", DriverReset, ActionState.Succeeded), (executed.Key, executed.Kind, executed.State));
        Assert.Empty(bench.Cluster.ActionsOf(Bench.Other));
    }

    [Fact]
    public void A_key_that_was_never_started_is_unknown()
    {
        using var bench = new Bench();
        Assert.Equal(ActionState.Unknown, bench.Status("run/a").State);
    }

    [Fact]
    public void A_busy_node_refuses_a_second_action_and_leaves_its_key_unknown()
    {
        using var bench = new Bench();
        bench.Start(Reboot, "run/a");
        var refused = bench.Start(PowerCycle, "run/b");
        Assert.Equal(ActionState.Failed, refused.State);
        Assert.Contains("busy", refused.Detail);
        Assert.Equal(ActionState.Unknown, bench.Status("run/b").State);
        Assert.Equal(ActionState.Running, bench.Start(PowerCycle, "run/c", Bench.Other).State);

        bench.Time.Advance(TimeSpan.FromSeconds(240));
        Assert.Equal(ActionState.Running, bench.Start(PowerCycle, "run/b").State);
        Assert.Equal(["run/a", "run/b"], bench.Cluster.ActionsOf(Bench.Node).Select(action => action.Key));
    }

    [Theory]
    [InlineData("gpu-9999", 0u, "gpu-9999")]
    [InlineData(Bench.Node, 0x100u, "GpuMask")]
    public void An_action_on_what_does_not_exist_fails_and_says_why(string node, uint mask, string reason)
    {
        using var bench = new Bench();
        var status = bench.Start(GpuReset, node: node, gpuMask: mask);
        Assert.Equal(ActionState.Failed, status.State);
        Assert.Contains(reason, status.Detail);
    }

    [Fact]
    public void An_action_without_a_key_or_kind_is_refused_by_field()
    {
        using var bench = new Bench();
        Assert.StartsWith("key:", Assert.Throws<InvalidRequestException>(() => bench.Start(Reboot, " ")).Message);
        Assert.StartsWith("kind:", Assert.Throws<InvalidRequestException>(() => bench.Start((NodeActionKind)9)).Message);
    }

    [Fact]
    public void A_reset_that_the_node_stops_answering_fails()
    {
        using var bench = new Bench();
        bench.Start(DriverReset, "run/a");
        bench.Break("nodeUnreachable");
        bench.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(ActionState.Failed, bench.Status("run/a").State);
    }

    [Fact]
    public void A_reboot_makes_the_node_unreachable_for_its_time_and_kills_what_runs_there()
    {
        using var bench = new Bench();
        var workload = bench.PlaceOne(0b11);
        bench.Start(Reboot);

        Assert.False(bench.NodeOf().Reachable);
        Assert.Contains("booting", Assert.Single(bench.Health().Problems));
        Assert.Empty(bench.On());
        Assert.Equal(EvictionOutcome.Gone, bench.Evict(workload.Id));
        Assert.Equal(1, bench.Cluster.WorkloadsKilled);

        bench.Time.Advance(TimeSpan.FromSeconds(240));
        Assert.True(bench.NodeOf().Reachable);
        Assert.True(bench.Health().Healthy);
    }

    [Fact]
    public void A_GPU_reset_kills_only_what_uses_the_GPU()
    {
        using var bench = new Bench();
        bench.PlaceOne(0b0001);
        var other = bench.PlaceOne(0b0110);
        bench.Start(GpuReset, gpuMask: 0b0001);
        Assert.Equal(other.Id, Assert.Single(bench.On()).Id);
        Assert.True(bench.NodeOf().Reachable);
    }

    [Fact]
    public void Actions_fail_by_chance_as_often_as_asked()
    {
        int Failures(double percent)
        {
            using var bench = new Bench(Bench.Plain with { ActionFailurePercent = percent, Nodes = 1 });
            return Enumerable.Range(0, 200).Count(_ => bench.Do(PowerCycle).State == ActionState.Failed);
        }

        Assert.Equal(0, Failures(0));
        Assert.InRange(Failures(25), 20, 80);
        Assert.Equal(200, Failures(100));
    }

    [Fact]
    public void An_action_that_fails_by_chance_mends_nothing_and_a_failed_boot_leaves_the_node_down()
    {
        using var bench = new Bench(Bench.Plain with { ActionFailurePercent = 100 });
        bench.Break("driverHung");
        Assert.Equal(ActionState.Failed, bench.Do(DriverReset).State);
        Assert.False(bench.Health().Healthy);
        Assert.Equal(ActionState.Failed, bench.Do(Reboot).State);
        Assert.False(bench.NodeOf().Reachable);
    }

    [Fact]
    public void Only_the_last_actions_of_a_node_are_kept()
    {
        using var bench = new Bench();
        for (var attempt = 0; attempt < 300; attempt++)
            bench.Do(DriverReset);
        var kept = bench.Cluster.ActionsOf(Bench.Node);
        Assert.Equal(256, kept.Count);
        Assert.Equal("run/300", kept[^1].Key);
        Assert.Equal(ActionState.Unknown, bench.Status("run/1").State);
    }
}
