using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class LadderTests
{
    [Fact]
    public void A_fault_goes_through_drain_action_check_and_soak_to_healthy()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open();
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        var run = s.Perform(StepKind.HealthCheck);
        Assert.Equal(RunState.Soaking, run.State);
        Assert.NotEqual(0, s.QuarantinedBy(1));
        s.Pass(Playbook.Soak);

        run = s.ById(run.Id);
        Assert.Equal(
            [RunState.Observed, RunState.Quarantined, RunState.Draining, RunState.Acting, RunState.Verifying, RunState.Soaking, RunState.Healthy],
            RepairScenario.StatesOf(run));
        Assert.True(run.Ended);
        Assert.Equal(3, run.Attempt);
        Assert.Equal((0L, 0u), (s.QuarantinedBy(1), s.BadGpus(1)));
        Assert.Null(s.OfNodeOrNull(1));
        s.AssertReplays();
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "though an alert still fires")]
    [InlineData(2, "though 2 alerts still fire")]
    public void A_node_that_is_given_back_while_alerts_fire_says_so(int firing, string detail)
    {
        var s = new RepairScenario(Playbook.Standard);
        var alerts = new[] { s.Alert(), s.Alert() };
        s.Report(alerts);
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        var run = s.Perform(StepKind.HealthCheck);
        foreach (var alert in alerts.Skip(firing))
            s.Resolve(alert);

        s.Pass(Playbook.Soak);

        Assert.Equal((RunState.Healthy, detail), (s.ById(run.Id).State, s.ById(run.Id).Timeline[^1].Detail));
    }

    [Fact]
    public void The_node_is_out_of_scheduling_in_the_step_that_accepts_the_fault()
    {
        var s = new RepairScenario(Playbook.Standard);

        var run = s.Open(node: 2, gpus: 0b101);

        Assert.Equal((run.Number, 0b101u), (s.QuarantinedBy(2), s.BadGpus(2)));
        Assert.Equal(0, s.QuarantinedBy(1));
        Assert.Equal(RunState.Quarantined, run.State);
    }

    [Fact]
    public void The_mark_is_emitted_before_the_first_step_is_queued()
    {
        var s = new RepairScenario(Playbook.Standard);

        var run = s.Open();

        var mark = s.Effects.FindIndex(effect => effect is Effect.Mark);
        var queued = s.Effects.FindIndex(effect => effect is Effect.EnqueueStep);
        Assert.InRange(mark, 0, queued - 1);
        Assert.Equal(new Effect.Mark(run.Node, "gpu-0001", run.Id, "Quarantined", "Drain") { Attempt = 1, FaultClass = run.Class.Name }, s.Effects[mark]);
        Assert.Equal(new Effect.EnqueueStep(run.Node, run.Id, StepKind.Drain, 1, 0), s.Effects[queued]);
        Assert.Contains(new Effect.Tell(run.Node, run.Id), s.Effects);
    }

    [Fact]
    public void Every_state_is_marked_on_the_node_and_the_last_one_takes_the_mark_away()
    {
        var s = new RepairScenario(Playbook.Standard);

        var run = s.Open();
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        s.Perform(StepKind.HealthCheck);
        s.Pass(Playbook.Soak);

        var marks = s.History.OfType<Effect.Mark>().Where(mark => mark.Run == run.Id).Select(mark => mark.State).Distinct();
        Assert.Equal(["Quarantined", "Draining", "Acting", "Verifying", "Soaking"], marks);
        Assert.IsType<Effect.Unmark>(s.History.Last(effect => effect is Effect.Mark or Effect.Unmark));
        Assert.Equal("", s.ById(run.Id).Marking.Wanted);
    }

    [Fact]
    public void A_failed_check_climbs_the_ladder_until_a_person_is_called()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open();
        s.Perform(StepKind.Drain);
        foreach (var action in new[] { StepKind.GpuReset, StepKind.Reboot, StepKind.PowerCycle })
        {
            s.Perform(action);
            s.Perform(StepKind.HealthCheck, StepOutcome.Failed);
        }

        var run = s.OfNode(1);
        Assert.Equal(RunState.NeedsHardware, run.State);
        Assert.Contains(run.Timeline, entry => entry.Reason == Reason.LadderExhausted);
        Assert.True(run is { Ended: true, Holds: true });
        Assert.Equal(run.Number, s.QuarantinedBy(1));
        s.AssertReplays();
    }

    [Fact]
    public void A_gpu_off_the_bus_is_never_reset()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open(xid: 79);
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.PowerCycle);
        s.Perform(StepKind.HealthCheck, StepOutcome.Failed);

        Assert.Equal(RunState.NeedsHardware, s.OfNode(1).State);
        Assert.DoesNotContain(s.History.OfType<Effect.EnqueueStep>(), wake => wake.Step == StepKind.GpuReset);
    }

    [Fact]
    public void An_empty_ladder_calls_a_person_at_once_and_keeps_the_node_out()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 50)));

        var run = s.Open();

        Assert.Equal(RunState.NeedsHardware, run.State);
        Assert.Equal(run.Number, s.QuarantinedBy(1));
        Assert.DoesNotContain(s.Effects, effect => effect is Effect.EnqueueStep);
        Assert.Contains(new Effect.Mark(run.Node, run.NodeName, run.Id, "NeedsHardware", "None") { Attempt = run.Attempt, FaultClass = run.Class.Name }, s.Effects);
    }

    [Fact]
    public void A_playbook_may_call_a_person_on_any_rung()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("ask", 50, Playbook.Drain, Playbook.Person, Playbook.Reboot) with { Ending = RunState.Escalated }));

        s.Open();
        var run = s.Perform(StepKind.Drain);

        Assert.Equal((RunState.Escalated, StepKind.Escalate), (run.State, run.Step));
        Assert.Equal(Reason.PlaybookEscalates, run.Timeline[^1].Reason);
    }

    [Fact]
    public void A_ladder_that_only_drains_is_checked_afterwards()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("drain", 50, Playbook.Drain)));

        s.Open();
        s.Perform(StepKind.Drain);

        Assert.Equal(RunState.Soaking, s.Perform(StepKind.HealthCheck).State);
    }

    [Theory]
    [InlineData(RunState.Escalated)]
    [InlineData(RunState.NeedsHardware)]
    public void A_ladder_that_only_drains_and_has_no_check_ends_with_a_person(RunState ending)
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("drain", 50, Playbook.Drain) with { HealthCheck = Playbook.NoCheck, Ending = ending }));

        s.Open();
        var run = s.Perform(StepKind.Drain);

        Assert.Equal(ending, run.State);
        Assert.Equal(run.Number, s.QuarantinedBy(1));
    }

    [Fact]
    public void Without_a_check_an_action_is_followed_by_the_soak_and_the_story_claims_no_check()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 50, Playbook.Drain, Playbook.GpuReset) with { HealthCheck = Playbook.NoCheck }));

        s.Open();
        s.Perform(StepKind.Drain);
        var run = s.Perform(StepKind.GpuReset);

        Assert.Equal(RunState.Soaking, run.State);
        Assert.DoesNotContain(run.Timeline, entry => entry.Reason == Reason.HealthCheckPassed);
        s.Pass(Playbook.Soak);
        Assert.Equal(RunState.Healthy, s.ById(run.Id).State);
    }

    [Fact]
    public void Without_a_soak_a_passed_check_gives_the_node_back_at_once()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 50, Playbook.GpuReset) with { Soak = 0 }));

        s.Open();
        s.Perform(StepKind.GpuReset);

        Assert.Equal(RunState.Healthy, s.Perform(StepKind.HealthCheck).State);
        Assert.Equal(0, s.QuarantinedBy(1));
    }

    [Fact]
    public void A_step_whose_failure_a_person_must_see_ends_the_ladder()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Open();
        s.Perform(StepKind.Drain, StepOutcome.Failed);
        Assert.Equal(StepKind.Drain, s.OfNode(1).Step);
        var run = s.Perform(StepKind.Drain, StepOutcome.Failed);

        Assert.Contains(run.Timeline, entry => entry.Reason == Reason.StepMustSucceed);
        Assert.True(run.Ended);
    }

    [Fact]
    public void A_failed_step_is_tried_again_later_and_later_and_then_the_ladder_goes_on()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 50, Playbook.GpuReset with { Tries = 3 }, Playbook.Reboot)));

        s.Open();
        for (var tries = 0; tries < 3; tries++)
            s.Perform(StepKind.GpuReset, StepOutcome.Failed);

        var delays = s.History.OfType<Effect.EnqueueStep>().Select(wake => wake.Delay).ToList();
        Assert.Equal(0, delays[0]);
        Assert.True(delays[1] > 0 && delays[2] > delays[1]);
        Assert.Equal((StepKind.Reboot, 4), (s.Wake.Step, s.Wake.Attempt));
    }

    [Fact]
    public void A_run_makes_no_more_attempts_than_the_policy_allows()
    {
        var fault = Playbook.Fault("reset", 50, Playbook.GpuReset with { Tries = 50 });
        var s = new RepairScenario(Playbook.Of(fault) with { MaxAttempts = 5 });

        var run = s.Open();
        while (!run.Ended)
            run = s.Perform(StepKind.GpuReset, StepOutcome.Failed);

        Assert.Equal(5, run.Attempt);
        Assert.Contains(run.Timeline, entry => entry.Reason == Reason.AttemptsExhausted);
    }
}
