using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class SupersedingTests
{
    private const int Worse = 79;

    [Fact]
    public void A_worse_fault_takes_over_a_step_that_nobody_began()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        var stale = s.Wake;

        s.Open(xid: Worse);

        Assert.Equal((run.Number, "off-bus", 1), (s.OfNode(1).Number, s.OfNode(1).Class.Name, s.Repair.LiveRunCount));
        Assert.Equal((StepKind.Drain, 2), (s.Wake.Step, s.Wake.Attempt));
        Assert.Equal(Outcome.Refused, s.Begin(stale).Outcome);
        s.AssertReplays();
    }

    [Fact]
    public void A_worse_fault_waits_for_the_attempt_in_flight()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.Perform(StepKind.Drain);
        s.BeginNext(StepKind.GpuReset);
        var inFlight = s.Wake;

        s.Open(xid: Worse);
        Assert.Equal(inFlight, s.Wake);
        Assert.Equal("gpu-reset", s.OfNode(1).Class.Name);
        s.Complete(inFlight, StepOutcome.Failed);

        Assert.Equal(("off-bus", StepKind.PowerCycle), (s.OfNode(1).Class.Name, s.Wake.Step));
        s.AssertReplays();
    }

    [Fact]
    public void A_drained_node_is_not_drained_again()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.Perform(StepKind.Drain);

        s.Open(xid: Worse);

        Assert.Equal(StepKind.PowerCycle, s.Wake.Step);
    }

    [Fact]
    public void A_node_whose_faulty_gpus_alone_were_drained_is_drained_again()
    {
        var s = new RepairScenario(Playbook.Of(
            Playbook.Fault("reset", 30, Playbook.PartialDrain, Playbook.GpuReset), Playbook.Fault("reboot", 50, Playbook.Drain, Playbook.Reboot)));
        s.Open();
        s.Perform(StepKind.Drain);

        s.Open(xid: Worse);

        Assert.Equal(StepKind.Drain, s.Wake.Step);
    }

    [Fact]
    public void Gpus_that_fail_after_a_partial_drain_are_drained_before_an_action_touches_them()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.PartialDrain, Playbook.GpuReset)));
        s.Open(gpus: 0b01);
        s.Perform(StepKind.Drain);

        s.Open(gpus: 0b10);
        Assert.Equal(StepKind.Drain, s.Wake.Step);
        s.Perform(StepKind.Drain);

        Assert.Equal((StepKind.GpuReset, 0b11u), (s.Wake.Step, s.OfNode(1).GpuMask));
        s.AssertReplays();
    }

    [Fact]
    public void Gpus_that_fail_while_a_partial_drain_runs_are_drained_after_it()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.PartialDrain, Playbook.GpuReset)));
        s.Open(gpus: 0b01);
        s.BeginNext(StepKind.Drain);
        var first = s.Wake;

        s.Open(gpus: 0b10);
        s.Complete(first, StepOutcome.Succeeded);

        Assert.Equal(StepKind.Drain, s.Wake.Step);
        s.Perform(StepKind.Drain);
        Assert.Equal(StepKind.GpuReset, s.Wake.Step);
    }

    [Fact]
    public void A_reset_is_not_done_again_on_gpus_that_failed_after_their_drain()
    {
        var reset = Playbook.GpuReset with { Repeatable = true };
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.PartialDrain, reset)));
        s.Open(gpus: 0b01);
        s.Perform(StepKind.Drain);
        s.BeginNext(StepKind.GpuReset);
        Assert.True(Assert.IsType<BegunStep>(s.Begin(s.Wake).Detail).Repeatable);

        s.Open(gpus: 0b10);
        Assert.False(Assert.IsType<BegunStep>(s.Begin(s.Wake).Detail).Repeatable);
        s.Complete(s.Wake, StepOutcome.Unknown);

        Assert.Equal((StepKind.Drain, 0b11u), (s.Wake.Step, s.OfNode(1).GpuMask));
        s.AssertReplays();
    }

    [Fact]
    public void A_drain_alone_is_followed_by_the_check_when_the_node_was_drained_before()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.Drain, Playbook.GpuReset), Playbook.Fault("drain", 50, Playbook.Drain)));
        s.Open();
        s.Perform(StepKind.Drain);

        s.Open(xid: Worse);

        Assert.Equal(StepKind.HealthCheck, s.Wake.Step);
        Assert.True(s.Perform(StepKind.HealthCheck, StepOutcome.Failed).Ended);
    }

    [Fact]
    public void A_milder_fault_is_only_attached()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open(xid: Worse);
        var wake = s.Wake;

        var run = s.Open(xid: 48);

        Assert.Equal(("off-bus", wake), (run.Class.Name, s.Wake));
        Assert.Equal(2, run.Episodes.Length);
        Assert.Equal(Reason.FaultAttached, run.Timeline[^1].Reason);
    }

    [Fact]
    public void What_the_driver_itself_asks_for_replaces_the_class_although_it_is_milder()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open(xid: Worse);

        s.Open(s.Alert(xid: 154, fault: "reboot", overrides: true));
        s.Perform(StepKind.Drain);

        Assert.Equal(("reboot", StepKind.Reboot), (s.OfNode(1).Class.Name, s.Wake.Step));
        s.AssertReplays();
    }

    [Fact]
    public void The_same_class_asked_for_by_the_driver_does_not_begin_the_ladder_again()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.Perform(StepKind.Drain);
        var wake = s.Wake;

        s.Open(s.Alert(xid: 154, fault: "gpu-reset", overrides: true));

        Assert.Equal(wake, s.Wake);
    }

    [Fact]
    public void Evidence_for_what_is_being_done_calls_a_waiting_class_off()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.BeginNext(StepKind.Drain);
        var drain = s.Wake;

        s.Open(xid: Worse);
        s.Open(s.Alert(xid: 154, fault: "gpu-reset", overrides: true));
        s.Complete(drain, StepOutcome.Succeeded);

        Assert.Equal(("gpu-reset", StepKind.GpuReset), (s.OfNode(1).Class.Name, s.Wake.Step));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gpus_that_failed_while_a_class_waited_that_was_called_off_are_drained_before_an_action_touches_them(bool first)
    {
        var s = new RepairScenario(Playbook.Of(
            Playbook.Fault("reset", 30, Playbook.PartialDrain, Playbook.GpuReset with { Tries = 2 }), Playbook.Fault("reboot", 50, Playbook.Drain, Playbook.Reboot)));
        s.Open(gpus: 0b01);
        s.Perform(StepKind.Drain);
        s.BeginNext(StepKind.GpuReset);
        var inFlight = s.Wake;

        s.Open(xid: Worse, gpus: first ? 0b11u : 0b01u);
        s.Advance(RepairScenario.Second);
        s.Open(s.Alert(xid: 154, gpus: first ? 0b01u : 0b10u, fault: "reset", overrides: true));
        s.Complete(inFlight, StepOutcome.Failed);

        Assert.Equal(("reset", StepKind.Drain, 0b11u), (s.OfNode(1).Class.Name, s.Wake.Step, s.OfNode(1).GpuMask));
        s.AssertReplays();
    }

    [Fact]
    public void A_worse_fault_during_the_soak_begins_its_own_ladder()
    {
        var s = Soaking();

        s.Open(xid: Worse);

        Assert.Equal((RunState.Quarantined, StepKind.PowerCycle), (s.OfNode(1).State, s.Wake.Step));
        Assert.Contains(s.OfNode(1).Timeline, entry => entry.Reason == Reason.Superseded);
    }

    [Fact]
    public void The_same_fault_during_the_soak_climbs_to_the_next_rung()
    {
        var s = Soaking();

        var run = s.Open(xid: 48);

        Assert.Equal((RunState.Quarantined, StepKind.Reboot), (run.State, s.Wake.Step));
        Assert.Contains(run.Timeline, entry => entry.Reason == Reason.FaultDuringSoak);
        Assert.NotEqual(0, s.QuarantinedBy(1));
        s.AssertReplays();
    }

    [Fact]
    public void A_duplicate_during_the_soak_is_no_relapse()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Open(alert);
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        s.Perform(StepKind.HealthCheck);

        Assert.Equal(AlertOutcome.Duplicate, s.Fire(alert));

        Assert.Equal(RunState.Soaking, s.OfNode(1).State);
    }

    [Fact]
    public void Faults_on_an_escalated_node_are_noted_and_start_nothing()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 50), Playbook.Fault("worse", 60, Playbook.Reboot)));
        var run = s.Open();

        s.Open(xid: Worse);

        Assert.Equal((run.Number, RunState.NeedsHardware, 0), (s.OfNode(1).Number, s.OfNode(1).State, s.Repair.LiveRunCount));
        Assert.Equal(2, s.OfNode(1).Episodes.Length);
    }

    private static RepairScenario Soaking()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        s.Perform(StepKind.HealthCheck);
        return s;
    }
}
