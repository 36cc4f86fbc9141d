using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class AdmissionTests
{
    private const int Application = 13;

    [Fact]
    public void A_class_with_three_repeats_acts_on_the_third_fault_of_the_same_gpu()
    {
        var s = new RepairScenario(Playbook.Standard);

        var run = s.Open(xid: Application);
        Assert.Equal((RunState.Observed, 0L), (run.State, s.QuarantinedBy(1)));
        Assert.Equal(RunState.Observed, s.Open(xid: Application).State);
        Assert.Equal(RunState.Quarantined, s.Open(xid: Application).State);

        Assert.Equal(run.Number, s.QuarantinedBy(1));
        s.AssertReplays();
    }

    [Fact]
    public void Faults_of_different_gpus_are_no_repeats_of_each_other()
    {
        var s = new RepairScenario(Playbook.Standard);

        for (var gpu = 0; gpu < 6; gpu++)
            s.Open(xid: Application, gpus: 1u << gpu);

        Assert.Equal(RunState.Observed, s.OfNode(1).State);
        s.Open(xid: Application, gpus: 0b100);
        Assert.Equal(RunState.Quarantined, s.Open(xid: Application, gpus: 0b100).State);
    }

    [Fact]
    public void Faults_of_the_node_as_a_whole_are_repeats_of_each_other_only()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open(xid: Application, gpus: 0);
        s.Open(xid: Application, gpus: 0);
        Assert.Equal(RunState.Observed, s.Open(xid: Application, gpus: 1).State);

        Assert.Equal(RunState.Quarantined, s.Open(xid: Application, gpus: 0).State);
    }

    [Fact]
    public void Faults_that_share_gpus_by_twos_are_not_three_of_one_gpu()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open(xid: Application, gpus: 0b01);
        s.Open(xid: Application, gpus: 0b10);
        Assert.Equal(RunState.Observed, s.Open(xid: Application, gpus: 0b11).State);

        Assert.Equal(RunState.Quarantined, s.Open(xid: Application, gpus: 0b10).State);
    }

    [Fact]
    public void A_fault_that_is_not_repeated_within_the_window_ends_healthy_and_never_left_scheduling()
    {
        var s = new RepairScenario(Playbook.Standard);

        var run = s.Open(xid: Application);
        s.Pass(Playbook.Window - 1);
        Assert.Equal(RunState.Observed, s.ById(run.Id).State);
        s.Pass(1);

        run = s.ById(run.Id);
        Assert.Equal((RunState.Healthy, Reason.NotRepeated), (run.State, run.Timeline[^1].Reason));
        Assert.DoesNotContain(run.Timeline, entry => entry.State == RunState.Quarantined);
    }

    [Fact]
    public void Faults_before_the_window_do_not_count()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open(xid: Application);
        s.Advance(Playbook.Window * 3 / 4);
        s.Open(xid: Application);
        s.Advance(Playbook.Window / 2);

        Assert.Equal(RunState.Observed, s.Open(xid: Application).State);
    }

    [Fact]
    public void A_duplicate_is_no_repeat()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert(xid: Application);

        s.Open(alert);
        for (var i = 0; i < 5; i++)
            Assert.Equal(AlertOutcome.Duplicate, s.Fire(alert));

        Assert.Equal(RunState.Observed, s.OfNode(1).State);
    }

    [Fact]
    public void A_fault_that_flaps_is_repeated_although_each_one_resolves()
    {
        var s = new RepairScenario(Playbook.Standard);

        for (var i = 0; i < 2; i++)
        {
            var alert = s.Alert(xid: Application);
            s.Open(alert);
            s.Advance(RepairScenario.Second);
            s.Resolve(alert);
        }

        Assert.Equal(RunState.Quarantined, s.Open(xid: Application).State);
    }

    [Fact]
    public void A_class_that_acts_at_once_takes_an_observed_run_over()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open(xid: Application);

        s.Open(xid: 48);

        Assert.Equal((run.Number, "gpu-reset", RunState.Quarantined), (s.OfNode(1).Number, s.OfNode(1).Class.Name, s.OfNode(1).State));
    }

    [Fact]
    public void A_class_with_its_repeats_together_does_not_wait_for_those_of_a_worse_one()
    {
        var (often, rarely) = (Playbook.Fault("often", 20, Playbook.Reboot), Playbook.Fault("worse", 50, Playbook.PowerCycle));
        var s = new RepairScenario(Playbook.Of(often with { Repeats = 2, Window = Playbook.Window }, rarely with { Repeats = 5, Window = Playbook.Window }));

        s.Open(xid: 48);
        s.Open(xid: 79);
        var run = s.Open(xid: 48);

        Assert.Equal(("often", RunState.Quarantined), (run.Class.Name, run.State));
    }

    [Fact]
    public void A_repeat_that_is_due_later_is_waited_for_although_a_worse_class_has_a_shorter_window()
    {
        var (often, rarely) = (Playbook.Fault("often", 20, Playbook.Reboot), Playbook.Fault("worse", 50, Playbook.PowerCycle));
        var s = new RepairScenario(Playbook.Of(often with { Repeats = 2, Window = Playbook.Window }, rarely with { Repeats = 2, Window = RepairScenario.Second }));

        s.Open(xid: 48);
        s.Open(xid: 79);
        s.Pass(RepairScenario.Minute);

        Assert.Equal(RunState.Quarantined, s.Open(xid: 48).State);
    }

    [Fact]
    public void One_fault_of_a_class_that_needs_repeats_neither_supersedes_nor_counts_as_a_relapse()
    {
        var worse = Playbook.Fault("worse", 90, Playbook.PowerCycle) with { Repeats = 2, Window = Playbook.Window };
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.GpuReset), worse));
        s.Open(xid: 48);
        s.Perform(StepKind.GpuReset);
        s.Perform(StepKind.HealthCheck);

        s.Open(xid: 79);
        Assert.Equal(("reset", RunState.Soaking), (s.OfNode(1).Class.Name, s.OfNode(1).State));
        s.Open(xid: 79);

        Assert.Equal(("worse", StepKind.PowerCycle), (s.OfNode(1).Class.Name, s.Wake.Step));
    }

    [Fact]
    public void The_greatest_number_of_repeats_a_policy_may_ask_for_can_be_reached()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rare", 20, Playbook.Reboot) with { Repeats = 100, Window = RepairScenario.Hour }));

        for (var i = 0; i < 99; i++)
            Assert.Equal(RunState.Observed, s.Open().State);

        Assert.Equal(RunState.Quarantined, s.Open().State);
    }

    [Fact]
    public void A_run_remembers_what_still_fires_rather_than_what_is_over()
    {
        var s = new RepairScenario(Playbook.Standard);
        var lasting = s.Alert();
        s.Open(lasting);

        for (var i = 0; i < 200; i++)
        {
            var brief = s.Alert();
            s.Fire(brief);
            s.Resolve(brief);
        }

        Assert.False(s.OfNode(1).Ended);
        s.Resolve(lasting);
        Assert.Null(s.OfNodeOrNull(1));
    }

    [Theory]
    [InlineData(AlertKind.Test)]
    [InlineData(AlertKind.NoData)]
    [InlineData(AlertKind.DatasourceError)]
    [InlineData(AlertKind.Unclassified)]
    public void What_is_no_fault_is_recorded_and_never_repaired(AlertKind kind)
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(AlertOutcome.Ignored, s.Fire(s.Alert(kind: kind)));

        Assert.Null(s.OfNodeOrNull(1));
        Assert.Equal(AlertOutcome.Ignored, Assert.Single(s.Repair.Alerts).Outcome);
        s.AssertReplays();
    }

    [Theory]
    [InlineData(63)]
    [InlineData(999)]
    public void A_class_that_only_records_and_an_xid_without_a_class_start_nothing(int xid)
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(AlertOutcome.Ignored, s.Fire(s.Alert(xid: xid)));

        Assert.Equal(0, s.Repair.LiveRunCount);
        Assert.Single(s.Repair.Alerts);
        Assert.Empty(s.Effects);
    }

    [Fact]
    public void An_xid_without_a_rule_gets_the_class_for_unknown_ones()
    {
        var s = new RepairScenario(Playbook.Standard with { UnknownXidClass = "reboot" });

        Assert.Equal("reboot", s.Open(xid: 999).Class.Name);
    }

    [Fact]
    public void A_class_that_the_policy_does_not_have_falls_back_to_the_xid()
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal("gpu-reset", s.Open(s.Alert(xid: 48, fault: "no-such-class")).Class.Name);
    }

    [Fact]
    public void A_run_keeps_the_ladder_it_began_with_when_the_policy_changes()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();

        var changed = Playbook.Standard.Classes.SetItem("gpu-reset", Playbook.Fault("gpu-reset", 30));
        s.Do(new SetPolicyCommand { Policy = Playbook.Standard with { Xids = ImmutableDictionary<int, string>.Empty, Classes = changed } });
        s.Perform(StepKind.Drain);

        Assert.Equal(StepKind.GpuReset, s.Wake.Step);
    }
}
