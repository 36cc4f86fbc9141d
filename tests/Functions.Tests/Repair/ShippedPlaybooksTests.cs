using Pipeline.Contracts.V1;
using Pipeline.Functions.RepairStep;
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
    [InlineData("application", "drain gpu, gpuReset, drain node, reboot", Ending.Escalated)]
    [InlineData("reset-when-idle", "drain gpu, gpuReset, drain node, reboot", Ending.NeedsHardware)]
    [InlineData("gpu-reset", "drain gpu, gpuReset, drain node, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("gpu-off-bus", "drain node, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("memory-drain-reset", "drain node, gpuReset, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("thermal", "drain node, gpuReset, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("driver-hung", "drain node, driverReset, reboot, powerCycle", Ending.Escalated)]
    [InlineData("infiniband", "drain node, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("pcie", "drain node, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("node-reboot", "drain node, reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("node-unreachable", "reboot, powerCycle", Ending.NeedsHardware)]
    [InlineData("hardware", "drain node", Ending.NeedsHardware)]
    [InlineData("observe-only", "", Ending.Escalated)]
    [InlineData("software", "", Ending.Escalated)]
    [InlineData("unknown", "", Ending.Escalated)]
    public void Ladders_are_as_the_fault_allows(string name, string ladder, Ending ending)
    {
        var found = Class(name);
        Assert.Equal(ladder, string.Join(", ", found.Ladder.Select(NameOf)));
        Assert.Equal(ending, found.Ending);
    }

    [Fact]
    public void A_node_that_only_hands_can_mend_is_not_believed_in_again_because_a_check_passes()
    {
        Assert.Equal(0, Class("hardware").HealthCheck.Tries);
    }

    [Fact]
    public void What_is_drained_before_an_action_must_succeed()
    {
        foreach (var found in Policy.Classes.Where(found => found.Ladder.Any(step => step.Step != StepKind.Drain)))
            Assert.All(found.Ladder.Where(step => step.Step == StepKind.Drain), drain => Assert.True(drain.EscalateOnFailure, found.Name));
    }

    [Fact]
    public void Some_classes_wait_for_repeats()
    {
        Assert.Equal((3, 3_600_000), (Class("application").Repeats, Class("application").Window));
        Assert.Equal(0, Class("observe-only").Repeats);
        Assert.Equal(1, Class("gpu-off-bus").Repeats);
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
        Assert.Equal((20, 14), (Policy.MaxRepairingPercent, Policy.MaxAttempts));
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

    private static string NameOf(LadderStep step)
        => step.Step != StepKind.Drain ? StepMessageJson.NameOf(step.Step) : step.OnlyFaultyGpus ? "drain gpu" : "drain node";

    private static FaultClass Class(string name) => Policy.Classes.Single(found => found.Name == name);
}
