using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Only the current attempt of a live run may begin or end; everything else is refused and changes nothing.</summary>
public sealed class StaleTokenTests
{
    [Fact]
    public void An_attempt_that_was_replaced_is_refused()
    {
        var s = Opened();
        var old = s.Wake;
        s.Perform(StepKind.Drain, StepOutcome.Failed);

        Assert.Equal(Outcome.Refused, s.Begin(old).Outcome);
        Assert.Equal(Outcome.Refused, s.Complete(old, StepOutcome.Succeeded).Outcome);
    }

    [Fact]
    public void An_attempt_that_was_never_given_out_is_refused()
    {
        var s = Opened();

        Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Attempt = 2 }).Outcome);
        Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Attempt = 0 }).Outcome);
        Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Attempt = -1 }).Outcome);
    }

    [Theory]
    [InlineData(StepKind.None)]
    [InlineData(StepKind.GpuReset)]
    [InlineData(StepKind.Soak)]
    [InlineData((StepKind)200)]
    public void Another_step_under_the_right_number_is_refused(StepKind step)
    {
        var s = Opened();

        Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Step = step }).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("r-1-")]
    [InlineData("r-x-1")]
    [InlineData("no run")]
    [InlineData("r-lo0000000-zzzzzzzzzzzzz")]
    public void A_run_that_does_not_exist_is_refused(string run)
    {
        var s = Opened();

        Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Run = run }).Outcome);
    }

    [Fact]
    public void The_right_number_under_another_time_of_opening_is_refused()
    {
        var s = Opened();

        Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Run = RunId.Of(s.Now + 1, s.OfNode(1).Number) }).Outcome);
    }

    [Fact]
    public void An_attempt_of_an_ended_run_is_refused()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Open(alert);
        var queued = s.Wake;
        s.Begin(queued);

        s.Resolve(alert);

        Assert.Equal(Outcome.Refused, s.Begin(queued).Outcome);
        Assert.Equal(Outcome.Refused, s.Complete(queued, StepOutcome.Succeeded).Outcome);
        Assert.Equal(0, s.QuarantinedBy(1));
    }

    [Fact]
    public void An_attempt_of_an_ended_run_does_nothing_to_the_next_run_of_the_node()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Open(alert);
        var old = s.Wake;
        s.Resolve(alert);
        s.Open();

        Assert.Equal(Outcome.Refused, s.Begin(old).Outcome);
        Assert.Equal(Outcome.Done, s.Begin(s.Wake).Outcome);
    }

    [Fact]
    public void An_attempt_cannot_end_before_it_began()
    {
        var s = Opened();

        Assert.Equal(Outcome.Refused, s.Complete(s.Wake, StepOutcome.Succeeded).Outcome);
    }

    [Fact]
    public void A_second_begin_resumes_with_the_same_answer_and_changes_nothing()
    {
        var s = Opened();
        var first = s.Begin(s.Wake);
        var deadline = s.OfNode(1).Deadline;
        s.Advance(RepairScenario.Second);

        var second = s.Begin(s.Wake);

        Assert.Equal((Outcome.Resumed, false), (second.Outcome, second.Changed));
        Assert.Equal(Assert.IsType<BegunStep>(first.Detail) with { Now = s.Now }, second.Detail);
        Assert.Equal(deadline, s.OfNode(1).Deadline);
    }

    [Fact]
    public void A_second_completion_is_refused()
    {
        var s = Opened();
        s.Begin(s.Wake);
        var drain = s.Wake;
        s.Complete(drain, StepOutcome.Succeeded);

        Assert.Equal(Outcome.Refused, s.Complete(drain, StepOutcome.Succeeded).Outcome);
    }

    [Fact]
    public void A_soaking_run_has_no_attempt_to_begin_or_end()
    {
        var s = Opened();
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        s.Perform(StepKind.HealthCheck);

        foreach (var step in Enum.GetValues<StepKind>())
        {
            Assert.Equal(Outcome.Refused, s.Begin(s.Wake with { Step = step }).Outcome);
            Assert.Equal(Outcome.Refused, s.Complete(s.Wake with { Step = step }, StepOutcome.Failed).Outcome);
        }
    }

    [Fact]
    public void A_begin_tells_the_executor_what_to_do()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.PartialDrain, Playbook.GpuReset)));
        s.Open(gpus: 0b110);

        var reply = s.Begin(s.Wake);

        Assert.Equal(new BegunStep("gpu-0001", 0b110, s.Now, s.Now + Playbook.Deadline, s.Now, Repeatable: true, OnlyFaultyGpus: true, "reset"), reply.Detail);
        Assert.Equal(0b110u, reply.GpuMask);
    }

    [Fact]
    public void Attempt_numbers_are_never_used_twice()
    {
        var s = Opened();
        s.Perform(StepKind.Drain, StepOutcome.Failed);
        s.Perform(StepKind.Drain);
        s.Open(xid: 79);
        s.Perform(StepKind.PowerCycle);
        s.Perform(StepKind.HealthCheck);

        var attempts = s.History.OfType<Effect.EnqueueStep>().Select(wake => wake.Attempt).ToList();
        Assert.Equal(Enumerable.Range(1, attempts.Count), attempts);
    }

    private static RepairScenario Opened()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        return s;
    }
}
