using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;
using static Pipeline.Contracts.Cluster.NodeActionKind;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

public sealed class FaultTests
{
    /// <summary>Which actions mend which fault: D driver reset, G GPU reset, R reboot, P power cycle.</summary>
    public static TheoryData<string, string> Mends => new()
    {
        { "xid48", "GRP" },
        { "xid63", "GRP" },
        { "xid64", "GRP" },
        { "xid74", "GRP" },
        { "xid79", "RP" },
        { "xid95", "GRP" },
        { "xid109", "DGRP" },
        { "xid119", "GRP" },
        { "xid154", "RP" },
        { "deadGpu", "" },
        { "pcie", "RP" },
        { "pcieSlot", "P" },
        { "driverHung", "DRP" },
        { "fanFailed", "P" },
        { "infiniband", "DRP" },
        { "nodeUnreachable", "RP" },
    };

    [Theory]
    [MemberData(nameof(Mends))]
    public void Each_action_mends_what_it_mends_in_life(string kind, string menders)
    {
        foreach (var (letter, action) in new[] { ('D', DriverReset), ('G', GpuReset), ('R', Reboot), ('P', PowerCycle) })
        {
            using var bench = new Bench();
            bench.Break(kind, gpu: 3);
            Assert.False(bench.Health().Healthy, $"{kind} breaks nothing");

            bench.Do(action);

            var health = bench.Health();
            Assert.True(health.Healthy == menders.Contains(letter), $"{kind} after {action}: {string.Join(" ", health.Problems)}");
        }
    }

    [Theory]
    [MemberData(nameof(Mends))]
    public void A_technician_mends_everything(string kind, string menders)
    {
        Assert.NotNull(menders);
        using var bench = new Bench();
        bench.Break(kind, gpu: 3);
        Assert.Equal("", bench.Break("replaceHardware").AlertName);
        Assert.True(bench.Health().Healthy);
    }

    [Theory]
    [InlineData("xid13")]
    [InlineData("xid31")]
    public void An_application_error_breaks_nothing(string kind)
    {
        using var bench = new Bench();
        Assert.NotEqual("", bench.Break(kind, gpu: 1).AlertName);
        Assert.True(bench.Health().Healthy);
    }

    [Fact]
    public void Every_kind_is_in_one_of_the_tests()
    {
        using var bench = new Bench();
        string[] others = ["xid13", "xid31", "thermal", "gpuResetStuck", "rebootStuck", "replaceHardware"];
        var tested = Mends.Select(row => (string)((object[])row)[0]).Concat(others);
        Assert.Equal(tested.Order(), SimulatedCluster.Kinds.Select(kind => kind.Name).Order());
    }

    [Fact]
    public void A_reset_of_a_GPU_that_is_off_the_bus_fails_and_says_which()
    {
        using var bench = new Bench();
        bench.Break("xid79", gpu: 5);
        var status = bench.Do(GpuReset, gpuMask: 1 << 5);
        Assert.Equal(ActionState.Failed, status.State);
        Assert.Contains("GPU 5", status.Detail);
        Assert.Equal(ActionState.Succeeded, bench.Do(GpuReset, gpuMask: 1 << 4).State);
    }

    [Fact]
    public void A_reset_touches_only_the_GPUs_it_names()
    {
        using var bench = new Bench();
        bench.Break("xid48", gpu: 2);
        bench.Break("xid48", gpu: 6);
        Assert.Equal(ActionState.Succeeded, bench.Do(GpuReset, gpuMask: 1 << 2).State);
        Assert.Contains("GPU 6", Assert.Single(bench.Health().Problems));
    }

    [Fact]
    public void A_dead_GPU_comes_through_every_action_and_stays_dead()
    {
        using var bench = new Bench();
        bench.Break("deadGpu", gpu: 7);
        Assert.Equal(ActionState.Succeeded, bench.Do(Reboot).State);
        Assert.Equal(ActionState.Succeeded, bench.Do(PowerCycle).State);
        Assert.Contains("GPU 7", Assert.Single(bench.Health().Problems));
    }

    [Fact]
    public void A_stuck_reboot_leaves_the_node_unreachable_until_a_power_cycle()
    {
        using var bench = new Bench();
        Assert.Equal("", bench.Break("rebootStuck").AlertName);
        Assert.True(bench.Health().Healthy);

        Assert.Equal(ActionState.Failed, bench.Do(Reboot).State);
        Assert.False(bench.NodeOf().Reachable);
        Assert.Equal(ActionState.Failed, bench.Do(DriverReset).State);

        Assert.Equal(ActionState.Succeeded, bench.Do(PowerCycle).State);
        Assert.True(bench.NodeOf().Reachable);
        Assert.Equal(ActionState.Succeeded, bench.Do(Reboot).State);
    }

    [Fact]
    public void A_stuck_GPU_reset_fails_until_a_reboot()
    {
        using var bench = new Bench();
        bench.Break("gpuResetStuck", gpu: 1);
        bench.Break("xid48", gpu: 1);
        Assert.Equal(ActionState.Failed, bench.Do(GpuReset, gpuMask: 1 << 1).State);
        Assert.False(bench.Health().Healthy);
        bench.Do(Reboot);
        Assert.True(bench.Health().Healthy);
        Assert.Equal(ActionState.Succeeded, bench.Do(GpuReset, gpuMask: 1 << 1).State);
    }

    [Fact]
    public void A_hot_GPU_cools_only_while_it_is_idle()
    {
        using var bench = new Bench();
        var workload = bench.PlaceOne(0b1);
        bench.Break("thermal", gpu: 0);
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.Contains("GPU 0", Assert.Single(bench.Health().Problems));

        bench.Evict(workload.Id);
        bench.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Empty(bench.On());
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.True(bench.Health().Healthy);

        bench.PlaceOne(0b1);
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.True(bench.Health().Healthy);
    }

    [Fact]
    public void Work_on_a_GPU_that_is_still_hot_keeps_it_hot()
    {
        using var bench = new Bench();
        bench.Break("thermal", gpu: 0);
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.PlaceOne(0b1);
        bench.Time.Advance(TimeSpan.FromHours(1));
        Assert.False(bench.Health().Healthy);
    }

    [Fact]
    public void A_hung_driver_hides_what_the_GPUs_have()
    {
        using var bench = new Bench();
        bench.Break("xid48", gpu: 2);
        bench.Break("driverHung");
        Assert.Contains("driver", Assert.Single(bench.Health().Problems));
        bench.Do(DriverReset);
        Assert.Contains("GPU 2", Assert.Single(bench.Health().Problems));
    }

    [Fact]
    public void The_labels_are_those_that_monitoring_would_raise()
    {
        using var bench = new Bench();
        var fault = bench.Break("xid79", gpu: 3);
        Assert.Null(fault.Error);
        Assert.Equal("GpuXidCritical", fault.AlertName);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["alertname"] = "GpuXidCritical",
                ["node"] = Bench.Node,
                ["severity"] = "critical",
                ["gpu"] = "3",
                ["xid"] = "79",
            },
            fault.Labels);
        Assert.Contains("Node Reboot Required", bench.Break("xid154").Labels["err_msg"]);
        Assert.Equal("79", bench.Break("deadGpu").Labels["xid"]);
        Assert.False(bench.Break("infiniband").Labels.ContainsKey("gpu"));
        Assert.Equal("GpuDriverHung", bench.Break("driverHung").AlertName);
    }

    [Theory]
    [InlineData("gpu-9999", "xid79", 0, "node")]
    [InlineData("", "xid79", 0, "node")]
    [InlineData(Bench.Node, "xid7", 0, "kind")]
    [InlineData(Bench.Node, "XID79", 0, "kind")]
    [InlineData(Bench.Node, "xid79", 8, "gpu")]
    [InlineData(Bench.Node, "xid79", -1, "gpu")]
    public void A_fault_that_cannot_be_is_refused_by_field_and_breaks_nothing(string node, string kind, int gpu, string field)
    {
        using var bench = new Bench();
        var result = bench.Break(kind, gpu, node);
        Assert.StartsWith(field + ":", result.Error);
        Assert.Empty(result.Labels);
        Assert.All(bench.List().Nodes, known => Assert.True(bench.Health(known.Name).Healthy));
    }

    [Fact]
    public void A_node_that_does_not_exist_is_unhealthy()
    {
        using var bench = new Bench();
        Assert.Contains("gpu-9999", Assert.Single(bench.Health("gpu-9999").Problems));
    }
}
