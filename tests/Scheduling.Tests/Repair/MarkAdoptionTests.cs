using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Runs of which nothing is left but the mark on their node.</summary>
public sealed class MarkAdoptionTests
{
    private const string Run = "r-abc-7";

    [Theory]
    [InlineData("Draining", "Drain", 1)]
    [InlineData("Acting", "PowerCycle", 3)]
    [InlineData("Verifying", "HealthCheck", 4)]
    public void What_the_mark_says_is_under_way_is_asked_about_under_its_own_key(string state, string step, int attempt)
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(Outcome.Done, s.Do(Mark(state, step, attempt)).Outcome);

        var run = s.OfNode(1);
        Assert.Equal((Run, 7L, state, step), (run.Id, s.QuarantinedBy(1), run.State.ToString(), run.Step.ToString()));
        Assert.Equal((Run, attempt), (s.Wake.Run, s.Wake.Attempt));
        Assert.Equal(Outcome.Resumed, s.Begin(s.Wake).Outcome);
        Assert.Contains(new Effect.Mark(run.Node, run.NodeName, Run, state, step) { Attempt = attempt, FaultClass = "off-bus" }, s.Effects);
        s.AssertReplays();
    }

    [Fact]
    public void A_reset_of_gpus_that_nobody_knows_of_begins_again_with_a_drain_of_them_all()
    {
        var reset = Playbook.GpuReset with { Repeatable = true };
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("off-bus", 30, Playbook.PartialDrain, reset, Playbook.Drain, Playbook.Reboot)));
        s.Do(Mark("Acting", "GpuReset", 2));

        Assert.Equal((StepKind.Drain, 3), (s.Wake.Step, s.Wake.Attempt));
        Assert.Equal(0u, s.OfNode(1).GpuMask);
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.GpuReset);
        s.Perform(StepKind.HealthCheck, StepOutcome.Failed);
        s.Perform(StepKind.Drain);
        s.Perform(StepKind.Reboot);
        s.AssertReplays();
    }

    [Theory]
    [InlineData(false, StepKind.Drain)]
    [InlineData(true, StepKind.Reboot)]
    public void A_node_counts_as_drained_only_when_its_ladder_drains_all_of_it_before_the_action(bool whole, StepKind next)
    {
        var first = whole ? Playbook.Drain : Playbook.PartialDrain;
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("off-bus", 30, first, Playbook.Action(StepKind.DriverReset), Playbook.Drain, Playbook.Reboot)));
        s.Do(Mark("Acting", "DriverReset", 2));
        s.Begin(s.Wake);
        s.Complete(s.Wake, StepOutcome.Failed);

        Assert.Equal(next, s.Wake.Step);
    }

    [Fact]
    public void An_action_that_nobody_knows_of_is_not_done_again_before_a_check()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Do(Mark("Acting", "PowerCycle", 3));
        s.Begin(s.Wake);
        s.Complete(s.Wake, StepOutcome.Unknown);

        s.Perform(StepKind.HealthCheck);
        Assert.Equal(RunState.Soaking, s.OfNode(1).State);
        s.Pass(Playbook.Soak);
        Assert.Equal((RunState.Healthy, 0L), (s.ById(Run).State, s.QuarantinedBy(1)));
    }

    [Fact]
    public void A_check_that_fails_calls_a_person_since_nobody_knows_what_was_done_before()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Do(Mark("Verifying", "HealthCheck", 4));
        s.Begin(s.Wake);
        s.Complete(s.Wake, StepOutcome.Failed);

        Assert.Equal((RunState.NeedsHardware, 7L), (s.ById(Run).State, s.QuarantinedBy(1)));
    }

    [Fact]
    public void A_node_that_soaks_does_so_once_more_and_one_that_was_just_marked_starts_its_ladder()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Do(Mark("Soaking", "Soak", 5));
        s.Do(Mark("Quarantined", "None", 0, node: 2, run: "r-abc-8"));

        Assert.Equal((RunState.Soaking, s.Now + Playbook.Soak), (s.OfNode(1).State, s.OfNode(1).Deadline));
        Assert.Equal((StepKind.Drain, 1), (s.OfNode(2).Step, s.OfNode(2).Attempt));
    }

    [Theory]
    [InlineData(Run, "Acting", "Dance", "off-bus")]
    [InlineData(Run, "Acting", "DriverReset", "off-bus")]
    [InlineData(Run, "Acting", "GpuReset", "off-bus")]
    [InlineData(Run, "Drunk", "Drain", "off-bus")]
    [InlineData(Run, "NeedsHardware", "None", "off-bus")]
    [InlineData(Run, "Draining", "Drain", "nobody-knows")]
    [InlineData(Run, "", "", "")]
    [InlineData("something else", "Draining", "Drain", "off-bus")]
    public void What_is_not_understood_keeps_the_node_out_and_calls_a_person(string id, string state, string step, string fault)
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Do(new AdoptMarkCommand { Node = RepairScenario.NameOf(1), Run = id, State = state, Step = step, Attempt = 2, FaultClass = fault });

        var run = s.OfNode(1);
        Assert.True(run is { Ended: true, Holds: true, State: RunState.Escalated or RunState.NeedsHardware });
        Assert.Equal(run.Number, s.QuarantinedBy(1));
        Assert.Contains(id, run.Timeline[0].Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(s.Effects, effect => effect is Effect.Unmark or Effect.EnqueueStep);
        Assert.Equal(Outcome.Done, s.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" }).Outcome);
        s.AssertReplays();
    }

    [Fact]
    public void A_mark_whose_run_is_known_or_whose_node_has_another_changes_nothing()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open(1);

        Assert.Equal(Outcome.Unchanged, s.Do(Mark("Draining", "Drain", 1)).Outcome);
        Assert.Equal(Outcome.Unchanged, s.Do(Mark("Draining", "Drain", 1, node: 2, run: run.Id)).Outcome);
        Assert.Equal(Outcome.NotFound, s.Do(Mark("Draining", "Drain", 1, node: 77)).Outcome);
        Assert.Equal(Outcome.Invalid, s.Do(Mark("Draining", "\ud800", 1, node: 2)).Outcome);
    }

    [Theory]
    [InlineData(RunState.Observed)]
    [InlineData(RunState.Held)]
    public void A_run_that_waits_to_take_its_node_out_gives_way_to_the_mark_and_leaves_it_what_still_fires(RunState waits)
    {
        var fault = Playbook.Fault("off-bus", 30, Playbook.Drain, Playbook.Reboot) with { Repeats = waits == RunState.Observed ? 3 : 1, Window = RepairScenario.Hour };
        var s = new RepairScenario(Playbook.Of(fault) with { MaxRepairingPercent = waits == RunState.Held ? 25 : 100 });
        s.Open(2);
        var (fires, over) = (s.Alert(1, gpus: 1), s.Alert(1, gpus: 2));
        s.Report(fires, over);
        s.Resolve(over);
        var waiting = s.OfNode(1);
        Assert.Equal(waits, waiting.State);

        Assert.Equal(Outcome.Done, s.Do(Mark("Acting", "Reboot", 3)).Outcome);

        var run = s.OfNode(1);
        Assert.Equal((Run, RunState.Acting, 7L), (run.Id, run.State, s.QuarantinedBy(1)));
        Assert.Equal(fires.Fingerprint, Assert.Single(run.Episodes).Fingerprint);
        Assert.Equal((RunState.Healthy, Reason.Superseded), s.ById(waiting.Id) is var ended ? (ended.State, ended.Timeline[^1].Reason) : default);
        s.Resolve(fires);
        Assert.Equal(Reason.Resolved, s.OfNode(1).Timeline[^1].Reason);
        s.AssertReplays();
    }

    private static AdoptMarkCommand Mark(string state, string step, int attempt, int node = 1, string run = Run)
        => new() { Node = RepairScenario.NameOf(node), Run = run, State = state, Step = step, Attempt = attempt, FaultClass = "off-bus" };
}
