using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.Repair.Support;

namespace Pipeline.Functions.Tests.Repair;

public sealed class ShippedPlaybooksTests
{
    private static readonly RepairPolicy Policy = ShippedPlaybooks.Set.Policy;

    [Fact]
    public void Every_xid_has_a_name_and_a_class_with_a_playbook()
    {
        for (var xid = 1; xid <= 172; xid++)
        {
            var rule = Assert.Single(Policy.Xids, rule => rule.Xid == xid);
            Assert.Single(Policy.Classes, found => found.Name == rule.FaultClass);
            Assert.NotEmpty(ShippedPlaybooks.Set.Taxonomy.XidNames[xid]);
        }

        Assert.Equal(172, Policy.Xids.Count);
    }

    [Theory]
    [InlineData(13, "application")]
    [InlineData(31, "application")]
    [InlineData(45, "observe-only")]
    [InlineData(48, "gpu-reset")]
    [InlineData(54, "hardware")]
    [InlineData(63, "reset-when-idle")]
    [InlineData(64, "gpu-reset")]
    [InlineData(74, "gpu-reset")]
    [InlineData(78, "software")]
    [InlineData(79, "gpu-off-bus")]
    [InlineData(92, "observe-only")]
    [InlineData(94, "application")]
    [InlineData(95, "gpu-reset")]
    [InlineData(119, "gpu-reset")]
    [InlineData(142, "hardware")]
    [InlineData(151, "node-reboot")]
    [InlineData(154, "unknown")]
    [InlineData(1, "unknown")]
    public void Xids_are_in_their_class(int xid, string faultClass)
    {
        Assert.Equal(faultClass, Policy.Xids.Single(rule => rule.Xid == xid).FaultClass);
    }

    [Theory]
    [InlineData("gpu-off-bus", "Drain Reboot PowerCycle", Ending.NeedsHardware)]
    [InlineData("gpu-reset", "Drain GpuReset Reboot PowerCycle", Ending.NeedsHardware)]
    [InlineData("memory-drain-reset", "Drain GpuReset Reboot PowerCycle", Ending.NeedsHardware)]
    [InlineData("driver-hung", "Drain DriverReset Reboot PowerCycle", Ending.Escalated)]
    [InlineData("node-unreachable", "Reboot PowerCycle", Ending.NeedsHardware)]
    [InlineData("node-reboot", "Drain Reboot PowerCycle", Ending.NeedsHardware)]
    [InlineData("hardware", "Drain", Ending.NeedsHardware)]
    [InlineData("software", "", Ending.Escalated)]
    [InlineData("unknown", "", Ending.Escalated)]
    public void Ladders_are_as_the_fault_allows(string name, string steps, Ending ending)
    {
        var found = Class(name);
        Assert.Equal(steps, string.Join(' ', found.Ladder.Select(step => step.Step)));
        Assert.Equal(ending, found.Ending);
    }

    [Fact]
    public void Some_classes_wait_for_repeats()
    {
        Assert.Equal((3, 3_600_000), (Class("application").Repeats, Class("application").Window));
        Assert.Equal(0, Class("observe-only").Repeats);
        Assert.Equal(1, Class("gpu-off-bus").Repeats);
    }

    [Fact]
    public void Only_faults_of_one_gpu_drain_one_gpu()
    {
        Assert.True(Class("gpu-reset").Ladder[0].OnlyFaultyGpus);
        Assert.False(Class("memory-drain-reset").Ladder[0].OnlyFaultyGpus);
        Assert.False(Class("gpu-off-bus").Ladder[0].OnlyFaultyGpus);
    }

    [Fact]
    public void A_memory_error_with_remapped_rows_drains_the_node()
    {
        var rule = Assert.Single(Policy.Correlations);
        Assert.Equal((48, 600_000, "memory-drain-reset"), (rule.Xid, rule.Window, rule.FaultClass));
        Assert.Equal([63, 64], rule.With);
    }

    [Fact]
    public void Steps_are_repeatable_as_their_executors_say()
    {
        foreach (var step in Policy.Classes.SelectMany(found => found.Ladder.Append(found.HealthCheck)))
            Assert.Equal(ShippedPlaybooks.Repeatable(step.Step), step.Repeatable);
    }

    [Fact]
    public void Every_ladder_can_be_walked_to_its_end_within_the_attempts_of_a_run()
    {
        Assert.Equal((20, 12), (Policy.MaxRepairingPercent, Policy.MaxAttempts));
        foreach (var found in Policy.Classes)
        {
            var attempts = found.Ladder.Sum(step => step.Tries + (step.Step == StepKind.Drain ? 0 : found.HealthCheck.Tries));
            Assert.InRange(attempts, 0, Policy.MaxAttempts);
        }
    }

    [Fact]
    public void Hardware_outranks_resets_and_resets_outrank_what_nobody_knows()
    {
        string[] rising = ["observe-only", "application", "reset-when-idle", "unknown", "thermal", "gpu-reset", "node-reboot", "gpu-off-bus", "hardware"];
        Assert.Equal(rising, rising.OrderBy(name => Class(name).Severity));
    }

    private static FaultClass Class(string name) => Policy.Classes.Single(found => found.Name == name);
}
