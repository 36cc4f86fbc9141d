using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class DeadlineTests
{
    [Fact]
    public void A_repeatable_step_whose_deadline_passed_is_done_again_as_a_new_attempt()
    {
        var s = Opened(Playbook.Standard);
        s.BeginNext(StepKind.Drain);
        var first = s.Wake;

        s.Pass(Playbook.Deadline);

        Assert.Equal((StepKind.Drain, 2), (s.Wake.Step, s.Wake.Attempt));
        Assert.Equal(Outcome.Refused, s.Complete(first, StepOutcome.Succeeded).Outcome);
        Assert.Contains(s.OfNode(1).Timeline, entry => entry.Reason == Reason.OutcomeUnknown);
        s.AssertReplays();
    }

    [Fact]
    public void Before_its_deadline_an_attempt_is_left_alone()
    {
        var s = Opened(Playbook.Standard);
        s.Begin(s.Wake);

        s.Pass(Playbook.Deadline - 1);

        Assert.True(s.OfNode(1).Begun);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_may_not_be_done_twice_is_checked_instead(bool byExecutor)
    {
        var s = Opened(Playbook.Of(Playbook.Fault("reboot", 30, Playbook.Reboot with { Tries = 5 }, Playbook.PowerCycle)));
        s.BeginNext(StepKind.Reboot);

        if (byExecutor)
            s.Complete(s.Wake, StepOutcome.Unknown, "lost");
        else
            s.Pass(Playbook.Deadline);

        Assert.Equal(StepKind.HealthCheck, s.Wake.Step);
        s.Perform(StepKind.HealthCheck, StepOutcome.Failed);
        Assert.Equal(StepKind.PowerCycle, s.Wake.Step);
    }

    [Fact]
    public void A_failure_that_is_known_may_be_tried_again()
    {
        var s = Opened(Playbook.Of(Playbook.Fault("reboot", 30, Playbook.Reboot with { Tries = 2 })));

        s.Perform(StepKind.Reboot, StepOutcome.Failed);

        Assert.Equal((StepKind.Reboot, 2), (s.Wake.Step, s.Wake.Attempt));
    }

    [Fact]
    public void A_worse_class_that_begins_with_the_action_of_unknown_outcome_is_checked_first_too()
    {
        var s = Opened(Playbook.Of(Playbook.Fault("reboot", 30, Playbook.Reboot), Playbook.Fault("worse", 50, Playbook.Reboot, Playbook.PowerCycle)));
        s.BeginNext(StepKind.Reboot);

        s.Open(xid: 79);
        s.Complete(s.Wake, StepOutcome.Unknown);

        Assert.Equal(("worse", StepKind.HealthCheck), (s.OfNode(1).Class.Name, s.Wake.Step));
        s.Perform(StepKind.HealthCheck, StepOutcome.Failed);
        Assert.Equal(StepKind.Reboot, s.Wake.Step);
        s.AssertReplays();
    }

    [Fact]
    public void An_unknown_outcome_that_no_check_can_clear_up_calls_a_person()
    {
        var s = Opened(Playbook.Of(Playbook.Fault("reboot", 30, Playbook.Reboot, Playbook.Reboot) with { HealthCheck = Playbook.NoCheck }));
        s.BeginNext(StepKind.Reboot);

        s.Pass(Playbook.Deadline);

        Assert.Equal(RunState.NeedsHardware, s.OfNode(1).State);
    }

    [Fact]
    public void A_repeatable_action_out_of_tries_is_not_taken_for_done_when_no_check_can_tell()
    {
        var s = Opened(Playbook.Of(Playbook.Fault("reset", 30, Playbook.GpuReset with { Repeatable = true }, Playbook.Reboot) with { HealthCheck = Playbook.NoCheck }));
        s.BeginNext(StepKind.GpuReset);

        s.Pass(Playbook.Deadline);

        Assert.Equal(StepKind.Reboot, s.Wake.Step);
    }

    [Fact]
    public void A_check_whose_outcome_is_unknown_is_no_passed_check()
    {
        var s = Opened(Playbook.Of(Playbook.Fault("reset", 30, Playbook.GpuReset, Playbook.Reboot)));
        s.Perform(StepKind.GpuReset);
        s.BeginNext(StepKind.HealthCheck);

        s.Pass(Playbook.Deadline);

        Assert.Equal(StepKind.Reboot, s.Wake.Step);
        Assert.NotEqual(RunState.Soaking, s.OfNode(1).State);
    }

    [Fact]
    public void A_drain_that_never_ends_calls_a_person_and_touches_nothing()
    {
        var s = Opened(Playbook.Standard);

        for (var tries = 0; tries < 2; tries++)
        {
            s.BeginNext(StepKind.Drain);
            s.Pass(Playbook.Deadline);
        }

        var run = s.OfNode(1);
        Assert.True(run is { Ended: true, Acted: false });
        Assert.Contains(run.Timeline, entry => entry.Reason == Reason.StepMustSucceed);
    }

    private static RepairScenario Opened(RepairPolicy policy)
    {
        var s = new RepairScenario(policy);
        s.Open();
        return s;
    }
}
